// Tiles by Intel's AMX. See tile.h for what they hold.
// Written as assembly: the intrinsics of some compilers do not say which memory they read and
// write, so that stores are moved behind the loads that need them.
#pragma once

#include "../prelude.h"

namespace automodel::AM_ISA {

// What ldtilecfg reads: for each tile its bytes in a row and its rows.
struct alignas(64) TileConfiguration {
  uint8_t palette, start_row, reserved[14];
  uint16_t row_bytes[16];
  uint8_t rows[16];
};

// To be called on a thread before its first tile. All tiles have their full size and keep it.
AM_INLINE void configure_tiles() {
  TileConfiguration configuration = {};
  configuration.palette = 1;
  for (int t = 0; t < 8; t++) configuration.row_bytes[t] = 64, configuration.rows[t] = 16;
  __asm__ volatile("ldtilecfg %0" : : "m"(configuration));
}

template <int T>
AM_INLINE void clear_tile() {
  __asm__ volatile("tilezero %%tmm%c0" : : "i"(T));
}
// Rows that lie `row_bytes` apart.
template <int T>
AM_INLINE void load_tile(const void *rows, int64_t row_bytes) {
  __asm__ volatile("tileloadd (%0,%1,1), %%tmm%c2"
                   :
                   : "r"(rows), "r"(row_bytes), "i"(T)
                   : "memory");
}
template <int T>
AM_INLINE void store_tile(float *rows, int64_t row_bytes) {
  __asm__ volatile("tilestored %%tmm%c2, (%0,%1,1)"
                   :
                   : "r"(rows), "r"(row_bytes), "i"(T)
                   : "memory");
}
// sums += left . right
template <int SUMS, int LEFT, int RIGHT>
AM_INLINE void multiply_tiles() {
  __asm__ volatile("tdpbf16ps %%tmm%c2, %%tmm%c1, %%tmm%c0" : : "i"(SUMS), "i"(LEFT), "i"(RIGHT));
}

}  // namespace automodel::AM_ISA
