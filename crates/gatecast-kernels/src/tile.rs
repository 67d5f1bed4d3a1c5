//! The innermost loop of a product: a tile of `C`, up to 12 rows and [`PANEL`] columns, that
//! stays in registers while `k` runs.
//!
//! ```text
//!            k →                b: panel, one row of 32 a step
//!  rows  a ┌──────┐            ┌────────────┐
//!    ↓     │ x…   │  · for all │ b0 | b1    │  c[row] += x · (b0, b1)
//!          └──────┘            └────────────┘
//! ```
//!
//! One element of `A` is copied to all lanes and multiplied with a row of the panel: `A` can lie
//! anyhow, and nothing is shuffled. The code is the same for every instruction set but for the
//! vectors' width and how many rows fit their registers.

use crate::isa::{Isa, isa};

/// Columns of a panel: two 512-bit vectors or four 256-bit ones. The same for every instruction
/// set, so that packed operands are too.
pub(crate) const PANEL: usize = 32;

/// One tile's operands.
#[derive(Clone, Copy)]
pub(crate) struct Tile {
    /// Rows of `A` and `C`, from 1 to [`Tile::most_rows`].
    pub(crate) rows: usize,
    /// Elements to sum over.
    pub(crate) depth: usize,
    pub(crate) a: *const f32,
    pub(crate) a_row_stride: usize,
    pub(crate) a_col_stride: usize,
    /// `depth` rows of `PANEL` columns, `b_stride` apart.
    pub(crate) b: *const f32,
    pub(crate) b_stride: usize,
    /// `rows` rows of `PANEL` columns, `c_stride` apart.
    pub(crate) c: *mut f32,
    pub(crate) c_stride: usize,
    /// What the sums are added to: rows of `PANEL` numbers, `start_stride` apart; zero if null.
    pub(crate) start: *const f32,
    pub(crate) start_stride: usize,
}

impl Tile {
    /// Most rows on any instruction set.
    pub(crate) const MOST_ROWS: usize = 12;

    /// Most rows on this machine: sums, a row of the panel and an element of `A` must fit the
    /// registers (32 of them with AVX-512, 16 with AVX2, which takes half a panel at a time).
    pub(crate) fn most_rows() -> usize {
        match isa() {
            Isa::Avx512 => 12,
            Isa::Avx2 => 6,
            Isa::Portable => 4,
        }
    }
}

/// Computes one tile.
///
/// # Safety
/// All elements that the fields of `Tile` describe must be valid for reading and, those of `C`,
/// for writing; `rows` must be in `1..=Tile::most_rows()`.
pub(crate) unsafe fn tile(tile: Tile) {
    #[cfg(target_arch = "x86_64")]
    match isa() {
        // SAFETY: `isa` answers only what was detected; the rest is the caller's promise.
        Isa::Avx512 => return unsafe { avx512(tile) },
        // SAFETY: as above.
        Isa::Avx2 => return unsafe { avx2(tile) },
        Isa::Portable => {}
    }
    // SAFETY: the caller's promise.
    unsafe { portable(tile) }
}

/// Calls `$kernel::<ROWS>($tile)` for the tile's number of rows.
macro_rules! by_rows {
    ($kernel:ident, $tile:ident, $($rows:literal)*) => {
        match $tile.rows {
            $($rows => $kernel::<$rows>($tile),)*
            rows => unreachable!("a tile of {rows} rows"),
        }
    };
}

/// Fetches the tile's place while its sums are computed: it is read or written only after them.
///
/// # Safety
/// As for [`tile`].
#[cfg(target_arch = "x86_64")]
#[inline(always)]
unsafe fn prefetch(t: Tile) {
    use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
    for row in 0..t.rows {
        // SAFETY: both pointers lie in the tile that the caller vouches for.
        unsafe {
            let c = t.c.add(row * t.c_stride).cast_const().cast();
            _mm_prefetch::<_MM_HINT_T0>(c);
            _mm_prefetch::<_MM_HINT_T0>(c.add(64));
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
unsafe fn avx512(t: Tile) {
    use std::arch::x86_64::*;

    #[target_feature(enable = "avx512f")]
    unsafe fn kernel<const ROWS: usize>(t: Tile) {
        // SAFETY: every pointer stays within the tile that the caller vouches for.
        unsafe {
            prefetch(t);
            let mut sums = [[_mm512_setzero_ps(); 2]; ROWS];
            for k in 0..t.depth {
                let b = t.b.add(k * t.b_stride);
                let (b0, b1) = (_mm512_loadu_ps(b), _mm512_loadu_ps(b.add(16)));
                for (row, sums) in sums.iter_mut().enumerate() {
                    let x = _mm512_set1_ps(*t.a.add(row * t.a_row_stride + k * t.a_col_stride));
                    sums[0] = _mm512_fmadd_ps(x, b0, sums[0]);
                    sums[1] = _mm512_fmadd_ps(x, b1, sums[1]);
                }
            }
            if !t.start.is_null() {
                for (row, sums) in sums.iter_mut().enumerate() {
                    let start = t.start.add(row * t.start_stride);
                    sums[0] = _mm512_add_ps(_mm512_loadu_ps(start), sums[0]);
                    sums[1] = _mm512_add_ps(_mm512_loadu_ps(start.add(16)), sums[1]);
                }
            }
            for (row, sums) in sums.iter().enumerate() {
                let c = t.c.add(row * t.c_stride);
                _mm512_storeu_ps(c, sums[0]);
                _mm512_storeu_ps(c.add(16), sums[1]);
            }
        }
    }
    // SAFETY: the caller's promise.
    unsafe { by_rows!(kernel, t, 1 2 3 4 5 6 7 8 9 10 11 12) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
unsafe fn avx2(t: Tile) {
    use std::arch::x86_64::*;

    #[target_feature(enable = "avx2,fma")]
    unsafe fn kernel<const ROWS: usize>(t: Tile) {
        // SAFETY: every pointer stays within the tile that the caller vouches for.
        unsafe {
            prefetch(t);
            for half in [0, 16] {
                let mut sums = [[_mm256_setzero_ps(); 2]; ROWS];
                for k in 0..t.depth {
                    let b = t.b.add(k * t.b_stride + half);
                    let (b0, b1) = (_mm256_loadu_ps(b), _mm256_loadu_ps(b.add(8)));
                    for (row, sums) in sums.iter_mut().enumerate() {
                        let x = _mm256_set1_ps(*t.a.add(row * t.a_row_stride + k * t.a_col_stride));
                        sums[0] = _mm256_fmadd_ps(x, b0, sums[0]);
                        sums[1] = _mm256_fmadd_ps(x, b1, sums[1]);
                    }
                }
                if !t.start.is_null() {
                    for (row, sums) in sums.iter_mut().enumerate() {
                        let start = t.start.add(row * t.start_stride + half);
                        sums[0] = _mm256_add_ps(_mm256_loadu_ps(start), sums[0]);
                        sums[1] = _mm256_add_ps(_mm256_loadu_ps(start.add(8)), sums[1]);
                    }
                }
                for (row, sums) in sums.iter().enumerate() {
                    let c = t.c.add(row * t.c_stride + half);
                    _mm256_storeu_ps(c, sums[0]);
                    _mm256_storeu_ps(c.add(8), sums[1]);
                }
            }
        }
    }
    // SAFETY: the caller's promise.
    unsafe { by_rows!(kernel, t, 1 2 3 4 5 6) }
}

/// Plain Rust that compilers turn into whatever vectors the target has for sure.
unsafe fn portable(t: Tile) {
    /// Columns at a time: four rows of them fit sixteen 128-bit registers, half of them.
    const LANES: usize = 8;

    unsafe fn kernel<const ROWS: usize>(t: Tile) {
        // SAFETY: every pointer stays within the tile that the caller vouches for.
        unsafe {
            for first in (0..PANEL).step_by(LANES) {
                let mut sums = [[0.0f32; LANES]; ROWS];
                for k in 0..t.depth {
                    let b =
                        t.b.add(k * t.b_stride + first)
                            .cast::<[f32; LANES]>()
                            .read();
                    for (row, sums) in sums.iter_mut().enumerate() {
                        let x = *t.a.add(row * t.a_row_stride + k * t.a_col_stride);
                        for (sum, b) in sums.iter_mut().zip(b) {
                            *sum = crate::isa::fma::<{ cfg!(target_arch = "aarch64") }>(x, b, *sum);
                        }
                    }
                }
                if !t.start.is_null() {
                    for (row, sums) in sums.iter_mut().enumerate() {
                        let start = t.start.add(row * t.start_stride + first);
                        let start = start.cast::<[f32; LANES]>().read();
                        sums.iter_mut().zip(start).for_each(|(sum, s)| *sum += s);
                    }
                }
                for (row, sums) in sums.iter().enumerate() {
                    t.c.add(row * t.c_stride + first)
                        .cast::<[f32; LANES]>()
                        .write(*sums);
                }
            }
        }
    }
    // SAFETY: the caller's promise.
    unsafe { by_rows!(kernel, t, 1 2 3 4) }
}

/// Transposes eight rows of eight floats (`unpack`, `shuffle` and `permute` each exchange blocks of
/// one size: 1, 2 and 4).
///
/// # Safety
/// AVX2 must be there; eight rows of eight floats, so far apart, must be valid on both sides.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
pub(crate) unsafe fn transpose_avx2(
    to: *mut f32,
    to_stride: usize,
    from: *const f32,
    from_stride: usize,
) {
    use std::arch::x86_64::*;
    // SAFETY: the caller's promise.
    let r: [__m256; 8] =
        std::array::from_fn(|row| unsafe { _mm256_loadu_ps(from.add(row * from_stride)) });
    let pair = |i: usize| {
        (
            _mm256_unpacklo_ps(r[i], r[i + 1]),
            _mm256_unpackhi_ps(r[i], r[i + 1]),
        )
    };
    let ((a, b), (c, d), (e, f), (g, h)) = (pair(0), pair(2), pair(4), pair(6));
    const LOW: i32 = 0b01_00_01_00;
    const HIGH: i32 = 0b11_10_11_10;
    let (s0, s1) = (
        _mm256_shuffle_ps::<LOW>(a, c),
        _mm256_shuffle_ps::<HIGH>(a, c),
    );
    let (s2, s3) = (
        _mm256_shuffle_ps::<LOW>(b, d),
        _mm256_shuffle_ps::<HIGH>(b, d),
    );
    let (s4, s5) = (
        _mm256_shuffle_ps::<LOW>(e, g),
        _mm256_shuffle_ps::<HIGH>(e, g),
    );
    let (s6, s7) = (
        _mm256_shuffle_ps::<LOW>(f, h),
        _mm256_shuffle_ps::<HIGH>(f, h),
    );
    let columns = [
        _mm256_permute2f128_ps::<0x20>(s0, s4),
        _mm256_permute2f128_ps::<0x20>(s1, s5),
        _mm256_permute2f128_ps::<0x20>(s2, s6),
        _mm256_permute2f128_ps::<0x20>(s3, s7),
        _mm256_permute2f128_ps::<0x31>(s0, s4),
        _mm256_permute2f128_ps::<0x31>(s1, s5),
        _mm256_permute2f128_ps::<0x31>(s2, s6),
        _mm256_permute2f128_ps::<0x31>(s3, s7),
    ];
    for (col, column) in columns.into_iter().enumerate() {
        // SAFETY: the caller's promise.
        unsafe { _mm256_storeu_ps(to.add(col * to_stride), column) };
    }
}
