// write_rows: a cache with row t of `rows` written at positions[t]. in: cache[C,...] (any dtype),
// rows[T,...] of the same dtype, both with any stride of rows but no gaps inside a row, positions
// i32[T] (dense). out: cache, usually the operand itself. ints, floats: none. A negative position,
// or one beyond the cache, skips the row; of two rows for one position the later one stays.

#include "../prelude.h"
#include "../layout/copied-operand.h"
#include "../operand.h"

namespace automodel::AM_ISA {

// bytes of every row that a chunk writes, and the maximum number of chunks
constexpr int64_t WRITE_ROWS_PIECE = 512, WRITE_ROWS_CHUNKS = 16;

static int64_t bytes_of_row(const Tensor &t) {
  return (t.shape[0] == 0 ? 0 : elements(t) / t.shape[0]) * bytes_of(t.dtype);
}

// Each chunk writes one piece of all rows, in order, so rows for the same position need no care.
static int64_t write_rows_piece(const Call &call) {
  return max64(WRITE_ROWS_PIECE,
               round_up(ceil_div(bytes_of_row(call.out[0]), WRITE_ROWS_CHUNKS), 64));
}

static int64_t write_rows_chunks(const Call &call, int32_t phase) {
  return phase == 0 ? copied_operand_chunks(call, 0)
                    : ceil_div(bytes_of_row(call.out[0]), write_rows_piece(call));
}

static void write_rows_run(const Call &call, int32_t phase, int64_t chunk, char *) {
  if (phase == 0) return copied_operand_run(call, 0, chunk);
  const Tensor &rows = call.in[1], &positions = call.in[2], &y = call.out[0];
  const int64_t piece = write_rows_piece(call), first = chunk * piece,
                bytes = min64(piece, bytes_of_row(y) - first), size = bytes_of(y.dtype);
  for (int64_t t = 0; t < rows.shape[0]; t++) {
    const int64_t at = read_as<int32_t>(positions.data + 4 * t);
    if (at < 0 || at >= y.shape[0]) continue;
    memcpy(y.data + at * y.stride[0] * size + first, rows.data + t * rows.stride[0] * size + first,
           (size_t)bytes);
  }
}

// Dense except for the step between rows.
static bool has_dense_inside(const Tensor &t) {
  Tensor row = t;
  row.shape[0] = 1;
  return is_dense(row);
}

static const char *write_rows_check(const Call &call) {
  if (call.in_count != 3 || call.out_count != 1)
    return "takes cache, rows, positions and gives the cache";
  const Tensor &rows = call.in[1], &positions = call.in[2], &y = call.out[0];
  const char *complaint = copied_operand_check(call, 0);
  if (complaint != nullptr) return complaint;
  if (y.rank < 1 || !has_dense_inside(y)) return "the cache must have rows without gaps";
  if (rows.rank != y.rank || rows.dtype != y.dtype || !has_dense_inside(rows))
    return "rows must have the dtype of the cache and no gaps";
  for (int d = 1; d < y.rank; d++) {
    if (rows.shape[d] != y.shape[d]) return "rows must have the shape of the cache's rows";
  }
  return positions.rank == 1 && positions.dtype == I32 && is_dense(positions) &&
                 positions.shape[0] == rows.shape[0]
             ? nullptr
             : "positions must be i32, one a row";
}

constexpr Kernel write_rows_kernel = {"write_rows", 2,       write_rows_chunks, write_rows_run,
                                      nullptr,      nullptr, nullptr,           write_rows_check};

}  // namespace automodel::AM_ISA
