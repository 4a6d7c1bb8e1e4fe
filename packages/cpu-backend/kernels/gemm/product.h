// One matrix product out = alpha * left . right^T (+ bias) (+ beta * previous), cut into chunks:
// what gemm and the fused losses are made of.
// Phase PACK lays the operand with fewer rows out as panels in the workspace, once; phase MULTIPLY
// multiplies, in each chunk, a slab of the other operand, which the chunk packs itself, with all
// (or a group) of the shared panels.
// Nothing is packed twice, and chunks need no barrier. The depth is cut into fixed blocks, so the
// order of every sum depends on shapes only.
#pragma once

#include "../prelude.h"
#include "../operand.h"
#include "../vector/storage.h"
#include "../vector/vector.h"
#include "engine.h"
#include "product-operand.h"

namespace automodel::AM_ISA {

struct Product {
  Operand left, right;                          // left: [rows, depth]; right: [columns, depth]
  int64_t rows, columns, depth;                 // sizes to compute; at most the grid_ sizes
  int64_t grid_rows, grid_columns, grid_depth;  // sizes for chunks, scratch and workspace
  char *out;
  DType out_dtype;
  int64_t out_row_stride, out_column_stride;
  // null: none. element (i, j) is bias[i * bias_row_stride + j * bias_column_stride]
  const char *bias;
  DType bias_dtype;
  int64_t bias_row_stride, bias_column_stride;
  const char *previous;  // null: none. May be `out` itself, with the same strides
  DType previous_dtype;
  int64_t previous_row_stride, previous_column_stride;
  float alpha, beta;
  bool bf16_compute;
};

constexpr int64_t CHUNKS_WANTED = 32;
constexpr int64_t SLAB_BYTES = 256 * 1024;  // a packed slab stays in the second-level cache

struct ProductGrid {
  Engine engine;
  bool left_shared;
  int shared_width, slab_width;  // rows of a panel
  int64_t shared_panels, slab_panels, panels_per_slab, slabs;
  int64_t panels_per_group, groups;          // shared panels a chunk goes through
  int64_t block_units, block_depth, blocks;  // of the grid's depth
  int64_t shared_stride, slab_stride;        // from panel to panel, in words
  int64_t pack_chunks, panels_per_pack;
  bool buffered;  // sums of several blocks cannot wait in `out`
};

static ProductGrid grid_of(const Product &p, bool left_shared) {
  ProductGrid g;
  g.engine = product_engine(p.bf16_compute);
  const Engine &e = g.engine;
  const int64_t units = units_of(e, p.grid_depth);
  g.left_shared = left_shared;
  g.shared_width = g.left_shared ? e.rows : e.columns;
  g.slab_width = g.left_shared ? e.columns : e.rows;
  g.shared_panels = ceil_div(g.left_shared ? p.grid_rows : p.grid_columns, g.shared_width);
  g.slab_panels = ceil_div(g.left_shared ? p.grid_columns : p.grid_rows, g.slab_width);
  g.blocks = max64(1, ceil_div(units, e.block_units));
  g.block_units = round_up(max64(1, ceil_div(units, g.blocks)), e.step_units);
  g.block_depth = g.block_units * e.unit_depth;
  // One cache line more than needed: panels that are a multiple of 4 KiB apart would compete for
  // the same lines.
  g.shared_stride = round_up(panel_words(e, g.block_units, g.shared_width), 16) + 16;
  g.slab_stride = round_up(panel_words(e, g.block_units, g.slab_width), 16) + 16;
  const int64_t fitting = max64(1, SLAB_BYTES / (g.slab_stride * 4));
  g.panels_per_slab = max64(1, min64(fitting, ceil_div(g.slab_panels, CHUNKS_WANTED)));
  g.slabs = ceil_div(g.slab_panels, g.panels_per_slab);
  g.buffered = g.blocks > 1 && (p.out_dtype != F32 || p.out_column_stride != 1);
  const int64_t group_rows = 256;
  g.panels_per_group =
      g.buffered ? min64(g.shared_panels, max64(1, group_rows / g.shared_width)) : g.shared_panels;
  g.groups = max64(1, ceil_div(g.shared_panels, max64(1, g.panels_per_group)));
  // several, for long runs of memory
  g.panels_per_pack = max64(4, ceil_div(g.shared_panels * g.blocks, 2 * CHUNKS_WANTED));
  g.pack_chunks = ceil_div(g.shared_panels * g.blocks, g.panels_per_pack);
  return g;
}

static ProductGrid grid_of(const Product &p) { return grid_of(p, p.grid_rows <= p.grid_columns); }

static int64_t product_workspace(const ProductGrid &g) {
  return round_up(g.blocks * g.shared_panels * g.shared_stride * 4, 64);
}
static int64_t slab_bytes(const ProductGrid &g) {
  return round_up(g.panels_per_slab * g.slab_stride * 4, 64);
}
static int64_t product_scratch(const ProductGrid &g) {
  const int64_t buffer =
      g.buffered ? g.panels_per_group * g.shared_width * g.panels_per_slab * g.slab_width * 4 : 0;
  return slab_bytes(g) + round_up(buffer, 64) + 64;
}

// What a quantised operand needs after product_scratch: the numbers of one block of a slab. Only
// the operand that is not shared may be quantised.
static int64_t quantized_scratch(const ProductGrid &g) {
  const int64_t bytes = g.engine.mode == F32_MODE ? 4 : 2;
  return round_up(g.panels_per_slab * g.slab_width * g.block_depth * bytes, 64) + 64;
}

// One pack chunk: panels (block, panel) of the shared operand into the workspace.
static void product_pack(const Product &p, const ProductGrid &g, int64_t chunk, char *workspace) {
  const Operand &operand = g.left_shared ? p.left : p.right;
  const int64_t rows = g.left_shared ? p.rows : p.columns;
  const int64_t end = min64((chunk + 1) * g.panels_per_pack, g.shared_panels * g.blocks);
  // panels of one block at a time
  for (int64_t at = chunk * g.panels_per_pack, run; at < end; at += run) {
    run = min64(end - at, g.shared_panels - at % g.shared_panels);
    const int64_t row = at % g.shared_panels * g.shared_width,
                  k = at / g.shared_panels * g.block_depth;
    const int64_t count = min64(run * g.shared_width, rows - row),
                  depth = min64(g.block_depth, p.depth - k);
    if (count > 0 && depth > 0)
      pack_panels(g.engine, g.left_shared ? LEFT : RIGHT, operand, row, count, k, depth,
                  (float *)workspace + at * g.shared_stride, g.shared_stride);
  }
}

// Writes a tile of finished sums (or, for a later block in `out` itself, of further sums) to the
// output.
static void finish_tile(const Product &p, int64_t row, int64_t column, TileSize size,
                        const float *tile, int64_t tile_stride, bool first_block) {
  const int rows = size.rows, columns = size.columns;
  const char *previous = first_block ? (p.beta == 0.0f ? nullptr : p.previous) : p.out;
  const DType previous_dtype = first_block ? p.previous_dtype : p.out_dtype;
  const int64_t previous_row = first_block ? p.previous_row_stride : p.out_row_stride,
                previous_column = first_block ? p.previous_column_stride : p.out_column_stride;
  const float beta = first_block ? p.beta : 1.0f;
  const char *bias = first_block ? p.bias : nullptr;
  const bool lanes = p.out_column_stride == 1 && (previous == nullptr || previous_column == 1) &&
                     (bias == nullptr || p.bias_column_stride == 1);
  // the usual case, without the tests
  if (p.out_dtype == BF16 && lanes && previous == nullptr && bias == nullptr && p.alpha == 1.0f &&
      columns == MOST_TILE_COLUMNS) {
    for (int i = 0; i < rows; i++)
#pragma GCC unroll 4
      for (int j = 0; j < MOST_TILE_COLUMNS / LANES; j++)
        store((bf16 *)p.out + (row + i) * p.out_row_stride + column + j * LANES,
              load(tile + i * tile_stride + j * LANES));
    return;
  }
  for (int i = 0; i < rows; i++) {
    const int64_t out_at = (row + i) * p.out_row_stride + column * p.out_column_stride;
    const int64_t previous_at = (row + i) * previous_row + column * previous_column;
    const int64_t bias_at = (row + i) * p.bias_row_stride + column * p.bias_column_stride;
    for (int j = 0; lanes && j < columns; j += LANES) {
      const int n = columns - j < LANES ? columns - j : LANES;
      Vec a = mul(load(tile + i * tile_stride + j), splat(p.alpha));
      if (bias != nullptr) a = add(a, load_lanes(bias, p.bias_dtype, bias_at + j, n));
      if (previous != nullptr)
        a = fma(splat(beta), load_lanes(previous, previous_dtype, previous_at + j, n), a);
      store_lanes(p.out, p.out_dtype, out_at + j, a, n);
    }
    for (int j = 0; !lanes && j < columns; j++) {
      float a = tile[i * tile_stride + j] * p.alpha;
      if (bias != nullptr) a += element_at(bias, p.bias_dtype, bias_at + j * p.bias_column_stride);
      if (previous != nullptr)
        a += beta * element_at(previous, previous_dtype, previous_at + j * previous_column);
      store_lanes(p.out, p.out_dtype, out_at + j * p.out_column_stride, splat(a), 1);
    }
  }
}

// One multiply chunk: slab * groups + group.
struct ProductChunk {
  const Product &p;
  const ProductGrid &g;
  const float *shared;
  float *slab, *buffer;
  int64_t slab_first, slab_end, shared_first, shared_end;  // panels
  bool straight;  // sums may be stored to, or added to, `out` as they are
};

AM_INLINE void multiply_tile(const ProductChunk &c, int64_t block, int64_t shared_panel,
                             int64_t slab_panel, int64_t units) {
  const Product &p = c.p;
  const ProductGrid &g = c.g;
  const float *shared = c.shared + (block * g.shared_panels + shared_panel) * g.shared_stride;
  const float *slab = c.slab + (slab_panel - c.slab_first) * g.slab_stride;
  const int64_t left_panel = g.left_shared ? shared_panel : slab_panel,
                right_panel = g.left_shared ? slab_panel : shared_panel;
  const Engine &e = g.engine;
  const int64_t row = left_panel * e.rows, column = right_panel * e.columns;
  const TileSize size = {(int)min64(e.rows, p.rows - row),
                         (int)min64(e.columns, p.columns - column)};
  const float *left = g.left_shared ? shared : slab, *right = g.left_shared ? slab : shared;
  if (g.buffered) {
    const int64_t stride =
        (g.left_shared ? c.slab_end - c.slab_first : c.shared_end - c.shared_first) * e.columns;
    const int64_t first_left = g.left_shared ? c.shared_first : c.slab_first,
                  first_right = g.left_shared ? c.slab_first : c.shared_first;
    float *at = c.buffer + (left_panel - first_left) * e.rows * stride +
                (right_panel - first_right) * e.columns;
    multiply_panels(e, left, right, units, size, at, stride, block > 0);
    if ((block + 1) * g.block_depth >= p.depth) finish_tile(p, row, column, size, at, stride, true);
  } else if (c.straight && writes_only(e, size)) {
    multiply_panels(e, left, right, units, size, (float *)p.out + row * p.out_row_stride + column,
                    p.out_row_stride, block > 0 || (p.previous != nullptr && p.beta != 0.0f));
  } else {
    float tile[MOST_TILE_WORDS];
    multiply_panels(e, left, right, units, size, tile, e.columns, false);
    finish_tile(p, row, column, size, tile, e.columns, block == 0);
  }
}

static void product_multiply(const Product &p, const ProductGrid &g, int64_t chunk,
                             const char *workspace, char *scratch) {
  const int64_t slab_rows = g.left_shared ? p.columns : p.rows,
                shared_rows = g.left_shared ? p.rows : p.columns;
  ProductChunk c{p,
                 g,
                 (const float *)workspace,
                 (float *)scratch,
                 (float *)(scratch + slab_bytes(g)),
                 0,
                 0,
                 0,
                 0,
                 false};
  c.slab_first = chunk / g.groups * g.panels_per_slab;
  c.slab_end = min64(c.slab_first + g.panels_per_slab, ceil_div(slab_rows, g.slab_width));
  c.shared_first = chunk % g.groups * g.panels_per_group;
  c.shared_end = min64(c.shared_first + g.panels_per_group, ceil_div(shared_rows, g.shared_width));
  if (c.slab_first >= c.slab_end || c.shared_first >= c.shared_end) return;
  const bool adds =
      p.previous == nullptr || p.beta == 0.0f || (p.beta == 1.0f && p.previous == p.out);
  c.straight = p.out_dtype == F32 && p.out_column_stride == 1 && p.alpha == 1.0f &&
               p.bias == nullptr && adds;
  const Side side = g.left_shared ? RIGHT : LEFT;
  const Operand &operand = side == RIGHT ? p.right : p.left;
  const int64_t blocks = max64(1, ceil_div(p.depth, g.block_depth));
  for (int64_t block = 0; block < blocks; block++) {
    const int64_t k = block * g.block_depth, depth = min64(g.block_depth, p.depth - k),
                  units = units_of(g.engine, depth);
    const int64_t row = c.slab_first * g.slab_width,
                  count = min64(c.slab_end * g.slab_width, slab_rows) - row;
    if (operand.quantized != nullptr)
      pack_panels(
          g.engine, side,
          dequantized(g.engine, operand, row, count, k, depth, scratch + product_scratch(g)), 0,
          count, 0, depth, c.slab, g.slab_stride);
    else
      pack_panels(g.engine, side, operand, row, count, k, depth, c.slab, g.slab_stride);
    for (int64_t shared = c.shared_first; shared < c.shared_end; shared++)
      for (int64_t panel = c.slab_first; panel < c.slab_end; panel++)
        multiply_tile(c, block, shared, panel, units);
  }
}

}  // namespace automodel::AM_ISA
