// Matrix products out = alpha * left . right^T (+ bias) (+ beta * previous), cut into chunks: what
// gemm and the fused losses are made of. One alone, or several joined.
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
#include "micro-kernel.h"
#include "pack.h"

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

// How the products of a JoinedProduct lie. COLUMNS: one left side, columns side by side. ROWS: one
// right side, rows below one another. DEPTH: one result, the sum of all; alpha, bias and previous
// are those of the first.
enum Along { COLUMNS, ROWS, DEPTH };
constexpr int MAX_JOINED = 8;

struct JoinedProduct {
  int count;
  Along along;
  Product of[MAX_JOINED];
};

AM_INLINE JoinedProduct alone(const Product &p) {
  JoinedProduct j;
  j.count = 1;
  j.along = COLUMNS;
  j.of[0] = p;
  return j;
}

constexpr int64_t BLOCK_UNITS = 512;  // depth of a block, in units
constexpr int64_t CHUNKS_WANTED = 32;
constexpr int64_t SLAB_BYTES = 256 * 1024;  // a packed slab stays in the second-level cache

struct ProductGrid {
  PackMode mode;
  bool left_shared;
  int shared_width, slab_width;  // rows of a panel
  int64_t shared_panels, slab_panels, panels_per_slab, slabs;
  int64_t panels_per_group, groups;          // shared panels a chunk goes through
  int64_t block_units, block_depth, blocks;  // of the grid's depth
  int64_t shared_stride, slab_stride;        // from panel to panel, in units
  int64_t pack_chunks, panels_per_pack;
  bool buffered;  // sums of several blocks cannot wait in `out`
};

AM_INLINE bool is_along_rows(const JoinedProduct &j, bool left) {
  return j.along == (left ? ROWS : COLUMNS);
}

// Panels of one side. Each product starts with one of its own.
static int64_t panels_of(const JoinedProduct &j, bool left) {
  const int64_t width = left ? TILE_ROWS : TILE_COLUMNS;
  int64_t panels = 0;
  for (int i = 0; i < (is_along_rows(j, left) ? j.count : 1); i++)
    panels += ceil_div(left ? j.of[i].grid_rows : j.of[i].grid_columns, width);
  return panels;
}

// Blocks of the depth, and their units.
struct DepthBlocks {
  int64_t count, units;
};
AM_INLINE DepthBlocks depth_blocks(const Product &p, int per) {
  const int64_t units = ceil_div(p.grid_depth, per), count = max64(1, ceil_div(units, BLOCK_UNITS));
  return {count, max64(1, ceil_div(units, count))};
}

static ProductGrid grid_of(const JoinedProduct &j, bool left_shared) {
  ProductGrid g;
  const Product &p = j.of[0];
  g.mode = p.bf16_compute ? BF16_MODE : PLAIN;
  const int per = elements_per_unit(g.mode);
  g.left_shared = left_shared;
  g.shared_width = g.left_shared ? TILE_ROWS : TILE_COLUMNS;
  g.slab_width = g.left_shared ? TILE_COLUMNS : TILE_ROWS;
  g.shared_panels = panels_of(j, left_shared);
  g.slab_panels = panels_of(j, !left_shared);
  g.blocks = g.block_units = 0;
  for (int i = 0; i < (j.along == DEPTH ? j.count : 1); i++) {
    const DepthBlocks own = depth_blocks(j.of[i], per);
    g.blocks += own.count;
    g.block_units = max64(g.block_units, own.units);
  }
  g.block_depth = g.block_units * per;
  // One cache line more than needed: panels that are a multiple of 4 KiB apart would compete for
  // the same lines.
  g.shared_stride = round_up(g.block_units * g.shared_width, 16) + 16;
  g.slab_stride = round_up(g.block_units * g.slab_width, 16) + 16;
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

static ProductGrid grid_of(const JoinedProduct &j) {
  int64_t rows = 0, columns = 0;
  for (int i = 0; i < j.count; i++) {
    if (i == 0 || j.along == ROWS) rows += j.of[i].grid_rows;
    if (i == 0 || j.along == COLUMNS) columns += j.of[i].grid_columns;
  }
  return grid_of(j, rows <= columns);
}
static ProductGrid grid_of(const Product &p, bool left_shared) {
  return grid_of(alone(p), left_shared);
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
  return round_up(g.panels_per_slab * g.slab_width * g.block_depth * (g.mode == PLAIN ? 4 : 2),
                  64) +
         64;
}

// A panel of one side among those of its product.
struct PanelPlace {
  int product;
  int64_t panel;
};
AM_INLINE PanelPlace panel_place(const JoinedProduct &j, bool left, int64_t panel) {
  if (j.count == 1 || !is_along_rows(j, left)) return {0, panel};
  const int64_t width = left ? TILE_ROWS : TILE_COLUMNS;
  for (int i = 0;; i++) {
    const int64_t own = ceil_div(left ? j.of[i].grid_rows : j.of[i].grid_columns, width);
    if (panel < own || i + 1 == j.count) return {i, panel};
    panel -= own;
  }
}

// A block of the depth: elements [k, k + depth) of a product's operands.
struct DepthBlock {
  int product;
  int64_t k, depth;
};
AM_INLINE DepthBlock depth_block(const JoinedProduct &j, const ProductGrid &g, int64_t block) {
  const int per = elements_per_unit(g.mode);
  int i = 0;
  for (; j.along == DEPTH && i + 1 < j.count; i++) {
    const int64_t own = depth_blocks(j.of[i], per).count;
    if (block < own) break;
    block -= own;
  }
  const int64_t each = depth_blocks(j.of[i], per).units * per, k = block * each;
  return {i, k, max64(0, min64(each, j.of[i].depth - k))};
}
// Blocks that the products really have, which may be fewer than the grid's.
static int64_t blocks_of(const JoinedProduct &j, const ProductGrid &g) {
  if (j.along == DEPTH) return g.blocks;
  return max64(1, ceil_div(j.of[0].depth, g.block_depth));
}

// Panels [first, end) of one side over a block of the depth, `stride` units apart. A quantised
// operand's numbers go through `buffer`.
static void pack_side(const JoinedProduct &j, const ProductGrid &g, bool left, int64_t first,
                      int64_t end, const DepthBlock &b, float *panels, int64_t stride,
                      char *buffer) {
  const int width = left ? TILE_ROWS : TILE_COLUMNS;
  for (int64_t run; first < end; first += run, panels += run * stride) {
    const PanelPlace at = panel_place(j, left, first);
    const Product &p = j.of[j.along == DEPTH ? b.product : at.product];
    const int64_t rows = left ? p.rows : p.columns, row = at.panel * width;
    run = min64(end - first, ceil_div(rows, width) - at.panel);
    if (run <= 0 || b.depth == 0) return;
    const int64_t count = min64(run * width, rows - row);
    const Operand &operand = left ? p.left : p.right;
    if (operand.quantized != nullptr)
      pack_panels(g.mode, dequantized(g.mode, operand, row, count, b.k, b.depth, buffer), 0, count,
                  width, 0, b.depth, panels, stride);
    else
      pack_panels(g.mode, operand, row, count, width, b.k, b.depth, panels, stride);
  }
}

// One pack chunk: panels (block, panel) of the shared operand into the workspace.
static void product_pack(const JoinedProduct &j, const ProductGrid &g, int64_t chunk,
                         char *workspace) {
  const int64_t end = min64((chunk + 1) * g.panels_per_pack, g.shared_panels * g.blocks);
  // panels of one block at a time
  for (int64_t at = chunk * g.panels_per_pack, run; at < end; at += run) {
    const int64_t panel = at % g.shared_panels;
    run = min64(end - at, g.shared_panels - panel);
    pack_side(j, g, g.left_shared, panel, panel + run, depth_block(j, g, at / g.shared_panels),
              (float *)workspace + at * g.shared_stride, g.shared_stride, nullptr);
  }
}
static void product_pack(const Product &p, const ProductGrid &g, int64_t chunk, char *workspace) {
  product_pack(alone(p), g, chunk, workspace);
}

// Writes a tile of finished sums (or, for a later block in `out` itself, of further sums) to the
// output.
static void finish_tile(const Product &p, int64_t row, int64_t column, int rows, int columns,
                        const float *tile, int64_t tile_stride, bool first_block) {
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
      columns == TILE_COLUMNS) {
    for (int i = 0; i < rows; i++)
#pragma GCC unroll 4
      for (int j = 0; j < TILE_VECTORS; j++)
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
  const JoinedProduct &j;
  const ProductGrid &g;
  const float *shared;
  float *slab, *buffer;
  int64_t slab_first, slab_end, shared_first, shared_end;  // panels
  int64_t blocks;
};

// Whether sums may be stored to, or added to, `out` as they are.
AM_INLINE bool is_straight(const Product &p) {
  const bool adds =
      p.previous == nullptr || p.beta == 0.0f || (p.beta == 1.0f && p.previous == p.out);
  return p.out_dtype == F32 && p.out_column_stride == 1 && p.alpha == 1.0f && p.bias == nullptr &&
         adds;
}

AM_INLINE void multiply_tile(const ProductChunk &c, int64_t block, int64_t shared_panel,
                             int64_t slab_panel, int64_t units) {
  const ProductGrid &g = c.g;
  const float *shared = c.shared + (block * g.shared_panels + shared_panel) * g.shared_stride;
  const float *slab = c.slab + (slab_panel - c.slab_first) * g.slab_stride;
  const int64_t left_panel = g.left_shared ? shared_panel : slab_panel,
                right_panel = g.left_shared ? slab_panel : shared_panel;
  const PanelPlace left_place = panel_place(c.j, true, left_panel),
                   right_place = panel_place(c.j, false, right_panel);
  // at most one of the sides has several products
  const Product &p = c.j.of[left_place.product + right_place.product];
  const int64_t row = left_place.panel * TILE_ROWS, column = right_place.panel * TILE_COLUMNS;
  const int rows = (int)min64(TILE_ROWS, p.rows - row),
            columns = (int)min64(TILE_COLUMNS, p.columns - column);
  const float *left = g.left_shared ? shared : slab, *right = g.left_shared ? slab : shared;
  MicroKernel kernel = micro_kernel_for(rows, g.mode);
  if (g.buffered) {
    const int64_t stride =
        (g.left_shared ? c.slab_end - c.slab_first : c.shared_end - c.shared_first) * TILE_COLUMNS;
    const int64_t first_left = g.left_shared ? c.shared_first : c.slab_first,
                  first_right = g.left_shared ? c.slab_first : c.shared_first;
    float *at = c.buffer + (left_panel - first_left) * TILE_ROWS * stride +
                (right_panel - first_right) * TILE_COLUMNS;
    kernel(left, right, units, at, stride, block > 0);
    if (block + 1 == c.blocks) finish_tile(p, row, column, rows, columns, at, stride, true);
  } else if (columns == TILE_COLUMNS && is_straight(p)) {
    kernel(left, right, units, (float *)p.out + row * p.out_row_stride + column, p.out_row_stride,
           block > 0 || (p.previous != nullptr && p.beta != 0.0f));
  } else {
    float tile[TILE_ROWS * TILE_COLUMNS];
    kernel(left, right, units, tile, TILE_COLUMNS, false);
    finish_tile(p, row, column, rows, columns, tile, TILE_COLUMNS, block == 0);
  }
}

// Panels of a side that have rows; the grid may have more.
static int64_t panels_present(const JoinedProduct &j, const ProductGrid &g, bool left) {
  if (j.count > 1) return left == g.left_shared ? g.shared_panels : g.slab_panels;
  return ceil_div(left ? j.of[0].rows : j.of[0].columns, left ? TILE_ROWS : TILE_COLUMNS);
}

static void product_multiply(const JoinedProduct &j, const ProductGrid &g, int64_t chunk,
                             const char *workspace, char *scratch) {
  ProductChunk c{
      j, g, (const float *)workspace, (float *)scratch, (float *)(scratch + slab_bytes(g)), 0, 0,
      0, 0, blocks_of(j, g)};
  c.slab_first = chunk / g.groups * g.panels_per_slab;
  c.slab_end = min64(c.slab_first + g.panels_per_slab, panels_present(j, g, !g.left_shared));
  c.shared_first = chunk % g.groups * g.panels_per_group;
  c.shared_end = min64(c.shared_first + g.panels_per_group, panels_present(j, g, g.left_shared));
  if (c.slab_first >= c.slab_end || c.shared_first >= c.shared_end) return;
  for (int64_t block = 0; block < c.blocks; block++) {
    const DepthBlock b = depth_block(j, g, block);
    pack_side(j, g, !g.left_shared, c.slab_first, c.slab_end, b, c.slab, g.slab_stride,
              scratch + product_scratch(g));
    const int64_t units = ceil_div(b.depth, elements_per_unit(g.mode));
    for (int64_t shared = c.shared_first; shared < c.shared_end; shared++)
      for (int64_t panel = c.slab_first; panel < c.slab_end; panel++)
        multiply_tile(c, block, shared, panel, units);
  }
}
static void product_multiply(const Product &p, const ProductGrid &g, int64_t chunk,
                             const char *workspace, char *scratch) {
  product_multiply(alone(p), g, chunk, workspace, scratch);
}

}  // namespace automodel::AM_ISA
