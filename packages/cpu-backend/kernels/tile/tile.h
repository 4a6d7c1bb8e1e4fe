// Tiles: eight registers of 16 rows of 64 bytes each, and products of pairs of bf16 in them. A left
// tile holds 16 rows of 16 pairs, a right tile 16 pairs of 16 columns ([pair][column]), sums are
// 16 x 16 f32.
// Behind one set of functions there are Intel's AMX instructions, and an emulation for tests.
#pragma once

#include "../prelude.h"
#if defined(AM_TILES_EMULATED)
#include "emulated.h"
#elif defined(AM_TILES)
#include "amx.h"
#endif

namespace automodel::AM_ISA {

constexpr int TILE_SIDE = 16;  // rows, columns of sums, and pairs of a step

}  // namespace automodel::AM_ISA
