//! Matrix views over slices, and the product everything else is built on: `C = A·B` or
//! `C += A·B`.
//!
//! The right operand is read in panels of 32 columns. [`pack`] lays a matrix that is used
//! often (a recurrent weight: once a time step) in panels for good; other operands are read in
//! place where their rows are contiguous, or packed a piece at a time on the stack. A tile of up
//! to 12 rows and one panel is computed in registers (`tile`); the left operand is read
//! element by element and needs no packing.
//!
//! Every element of `C` is summed over `k` in order, in blocks of 256, so the result
//! depends on the shapes and the values only. Nothing is allocated.

use std::ops::Range;

use crate::isa::{Isa, fma, isa, simd};
use crate::tile::{PANEL, Tile, tile};

/// Rows of `B` to a block: a panel of them is 32 KiB and stays in the first cache while all rows
/// of `A` pass.
const BLOCK: usize = 256;
/// Fewer columns than this are not worth a panel.
const NARROW: usize = 8;
/// From this many rows of `A` on, a panel of `B` is read often enough to be packed first.
const MANY_ROWS: usize = 48;

/// A matrix seen in a slice: element `(r, c)` is `data[r·row_stride + c·col_stride]`.
#[derive(Clone, Copy, Debug)]
pub struct Mat<'a> {
    data: &'a [f32],
    rows: usize,
    cols: usize,
    row_stride: usize,
    col_stride: usize,
}

/// A [`Mat`] that may be written. Its elements do not overlap: each row lies in the slice as one
/// run of `cols` elements, rows `row_stride ≥ cols` apart.
#[derive(Debug)]
pub struct MatMut<'a> {
    data: &'a mut [f32],
    rows: usize,
    cols: usize,
    row_stride: usize,
}

/// What the product is added to, and so what becomes of the values that its destination holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Into<'a> {
    /// `C = A·B`; what `C` held is never read.
    Overwrite,
    /// `C = C + A·B`.
    Accumulate,
    /// Every row of `C` is this row plus its row of `A·B`; what `C` held is never read.
    Row(&'a [f32]),
}

fn span(rows: usize, cols: usize, row_stride: usize, col_stride: usize) -> usize {
    if rows == 0 || cols == 0 {
        0
    } else {
        (rows - 1) * row_stride + (cols - 1) * col_stride + 1
    }
}

impl<'a> Mat<'a> {
    /// The first `rows·cols` elements of `data`, row after row.
    ///
    /// # Panics
    /// When `data` is shorter.
    pub fn new(data: &'a [f32], rows: usize, cols: usize) -> Self {
        assert!(
            rows * cols <= data.len(),
            "matrix {rows}×{cols} in a slice of {}",
            data.len()
        );
        Self {
            data,
            rows,
            cols,
            row_stride: cols,
            col_stride: 1,
        }
    }

    /// The same elements, rows and columns exchanged; nothing is moved.
    pub fn t(self) -> Self {
        Self {
            rows: self.cols,
            cols: self.rows,
            row_stride: self.col_stride,
            col_stride: self.row_stride,
            ..self
        }
    }

    /// Columns `range` of every row.
    ///
    /// # Panics
    /// When the range leaves the matrix.
    pub fn columns(self, range: Range<usize>) -> Self {
        assert!(range.start <= range.end && range.end <= self.cols);
        let skipped = (range.start * self.col_stride).min(self.data.len());
        Self {
            data: &self.data[skipped..],
            cols: range.len(),
            ..self
        }
    }
}

impl<'a> MatMut<'a> {
    /// The first `rows·cols` elements of `data`, row after row.
    ///
    /// # Panics
    /// When `data` is shorter.
    pub fn new(data: &'a mut [f32], rows: usize, cols: usize) -> Self {
        assert!(
            rows * cols <= data.len(),
            "matrix {rows}×{cols} in a slice of {}",
            data.len()
        );
        Self {
            data,
            rows,
            cols,
            row_stride: cols,
        }
    }

    /// Columns `range` of every row.
    ///
    /// # Panics
    /// When the range leaves the matrix.
    pub fn columns(self, range: Range<usize>) -> Self {
        assert!(range.start <= range.end && range.end <= self.cols);
        let skipped = range.start.min(self.data.len());
        Self {
            data: &mut self.data[skipped..],
            cols: range.len(),
            ..self
        }
    }
}

/// A matrix in panels, as [`pack`] lays it.
#[derive(Clone, Copy, Debug)]
pub struct Packed<'a> {
    panels: &'a [f32],
    rows: usize,
    cols: usize,
}

impl<'a> Packed<'a> {
    /// The `rows×cols` matrix at the beginning of `panels`.
    ///
    /// # Panics
    /// When `panels` is shorter than [`packed_len`].
    pub fn new(panels: &'a [f32], rows: usize, cols: usize) -> Self {
        let panels = &panels[..packed_len(rows, cols)];
        Self { panels, rows, cols }
    }
}

/// Length of a `rows×cols` matrix in panels; the last one is filled up with zeros.
pub fn packed_len(rows: usize, cols: usize) -> usize {
    rows * cols.next_multiple_of(PANEL)
}

/// Lays `b` in panels: `PANEL` columns side by side, all rows of them, then the next columns.
///
/// # Panics
/// When `to` is not [`packed_len`] long.
pub fn pack(to: &mut [f32], b: Mat<'_>) {
    assert_eq!(to.len(), packed_len(b.rows, b.cols));
    assert!(span(b.rows, b.cols, b.row_stride, b.col_stride) <= b.data.len());
    if b.rows == 0 {
        return;
    }
    for (index, panel) in to.chunks_exact_mut(b.rows * PANEL).enumerate() {
        let first = index * PANEL;
        let cols = PANEL.min(b.cols - first);
        if b.col_stride == 1 {
            for (row, to) in panel.chunks_exact_mut(PANEL).enumerate() {
                to[..cols].copy_from_slice(&b.data[row * b.row_stride + first..][..cols]);
                to[cols..].fill(0.0);
            }
        } else if b.row_stride == 1 {
            let from = &b.data[first * b.col_stride..];
            transpose(panel, PANEL, from, b.col_stride, cols, b.rows);
            if cols < PANEL {
                panel
                    .chunks_exact_mut(PANEL)
                    .for_each(|row| row[cols..].fill(0.0));
            }
        } else {
            for (row, to) in panel.chunks_exact_mut(PANEL).enumerate() {
                for (col, to) in to.iter_mut().enumerate() {
                    let at = row * b.row_stride + (first + col) * b.col_stride;
                    *to = if col < cols { b.data[at] } else { 0.0 };
                }
            }
        }
    }
}

/// Writes the transpose of `rows×cols` numbers, rows `from_stride` apart, to rows `to_stride`
/// apart.
fn transpose(
    to: &mut [f32],
    to_stride: usize,
    from: &[f32],
    from_stride: usize,
    rows: usize,
    cols: usize,
) {
    const SIDE: usize = 8;
    let (whole_rows, whole_cols) = (rows - rows % SIDE, cols - cols % SIDE);
    // Along a row of blocks the reads are sequential, and the writes stay within one panel.
    for col in (0..whole_cols).step_by(SIDE) {
        for row in (0..whole_rows).step_by(SIDE) {
            let from = &from[row * from_stride + col..][..(SIDE - 1) * from_stride + SIDE];
            let to = &mut to[col * to_stride + row..][..(SIDE - 1) * to_stride + SIDE];
            transpose_block(to, to_stride, from, from_stride);
        }
    }
    for row in 0..rows {
        let first = if row < whole_rows { whole_cols } else { 0 };
        for col in first..cols {
            to[col * to_stride + row] = from[row * from_stride + col];
        }
    }
}

/// Transposes eight rows of eight numbers.
fn transpose_block(to: &mut [f32], to_stride: usize, from: &[f32], from_stride: usize) {
    assert!(from.len() >= 7 * from_stride + 8 && to.len() >= 7 * to_stride + 8);
    #[cfg(target_arch = "x86_64")]
    if isa() != Isa::Portable {
        // SAFETY: AVX2 was detected, and the assertion says that eight rows of eight numbers lie
        // in both slices.
        return unsafe {
            crate::tile::transpose_avx2(to.as_mut_ptr(), to_stride, from.as_ptr(), from_stride)
        };
    }
    for row in 0..8 {
        for col in 0..8 {
            to[col * to_stride + row] = from[row * from_stride + col];
        }
    }
}

/// `C = A·B`, added to what [`Into`] says, for `A: m×k`, `B: k×n` in panels and `C: m×n`, on the
/// calling thread.
///
/// # Panics
/// When the shapes do not fit one another.
pub fn gemm_packed(c: MatMut<'_>, a: Mat<'_>, b: Packed<'_>, into: Into<'_>) {
    if !fits(&c, &a, (b.rows, b.cols), into) {
        return;
    }
    let mut c = Destination::new(c);
    for k in blocks(b.rows) {
        let into = if k.start == 0 { into } else { Into::Accumulate };
        for first in (0..b.cols).step_by(PANEL) {
            let panel = &b.panels[first * b.rows + k.start * PANEL..];
            c.add_panel(
                a,
                k.clone(),
                panel,
                PANEL,
                first..(first + PANEL).min(b.cols),
                into,
            );
        }
    }
}

/// `C = A·B`, added to what [`Into`] says, for `A: m×k`, `B: k×n` and `C: m×n`, on the calling
/// thread.
///
/// # Panics
/// When the shapes do not fit one another.
pub fn gemm(c: MatMut<'_>, a: Mat<'_>, b: Mat<'_>, into: Into<'_>) {
    if !fits(&c, &a, (b.rows, b.cols), into) {
        return;
    }
    assert!(span(b.rows, b.cols, b.row_stride, b.col_stride) <= b.data.len());
    let c = Destination::new(c);
    if b.cols < NARROW && a.col_stride == 1 && b.row_stride == 1 {
        c.dots(a, b, into);
    } else if b.cols < NARROW
        && a.rows > b.cols
        && a.row_stride == 1
        && !matches!(into, Into::Row(_))
    {
        // A few long columns: as rows they fill panels.
        c.t().panels(b.t(), a.t(), into);
    } else {
        c.panels(a, b, into);
    }
}

/// Checks the shapes; false when there is nothing to add.
fn fits(c: &MatMut<'_>, a: &Mat<'_>, (k, n): (usize, usize), into: Into<'_>) -> bool {
    let m = a.rows;
    assert!(
        c.rows == m && c.cols == n && a.cols == k,
        "({}×{}) from ({m}×{})·({k}×{n})",
        c.rows,
        c.cols,
        a.cols
    );
    assert!(span(m, k, a.row_stride, a.col_stride) <= a.data.len());
    assert!(span(m, n, c.row_stride, 1) <= c.data.len());
    assert!(
        k > 0 || into == Into::Accumulate,
        "an empty sum would overwrite"
    );
    m > 0 && n > 0 && k > 0
}

fn blocks(k: usize) -> impl Iterator<Item = Range<usize>> {
    (0..k)
        .step_by(BLOCK)
        .map(move |start| start..(start + BLOCK).min(k))
}

/// `C` on its way to being written, perhaps turned on its side.
struct Destination<'a> {
    data: &'a mut [f32],
    row_stride: usize,
    col_stride: usize,
}

impl<'a> Destination<'a> {
    fn new(c: MatMut<'a>) -> Self {
        Self {
            data: c.data,
            row_stride: c.row_stride,
            col_stride: 1,
        }
    }

    fn t(self) -> Self {
        Self {
            row_stride: self.col_stride,
            col_stride: self.row_stride,
            ..self
        }
    }

    /// The product panel by panel, packing those that cannot or should not be read in place.
    fn panels(mut self, a: Mat<'_>, b: Mat<'_>, into: Into<'_>) {
        let mut piece = [0.0; BLOCK * PANEL];
        for k in blocks(b.rows) {
            let into = if k.start == 0 { into } else { Into::Accumulate };
            for first in (0..b.cols).step_by(PANEL) {
                let cols = first..(first + PANEL).min(b.cols);
                if b.col_stride == 1 && cols.len() == PANEL && a.rows < MANY_ROWS {
                    let rows = &b.data[k.start * b.row_stride + first..];
                    self.add_panel(a, k.clone(), rows, b.row_stride, cols, into);
                } else {
                    let packed = pack_piece(&mut piece, b, k.clone(), cols.clone());
                    self.add_panel(a, k.clone(), packed, PANEL, cols, into);
                }
            }
        }
    }

    /// Adds the rows `k` of one panel, for all rows of `A`: `panel` begins at row `k.start` and
    /// its rows are `stride` apart.
    fn add_panel(
        &mut self,
        a: Mat<'_>,
        k: Range<usize>,
        panel: &[f32],
        stride: usize,
        cols: Range<usize>,
        into: Into<'_>,
    ) {
        // Rows of `A` a multiple of 4 KiB apart fall into one set of the first cache, which holds
        // eight of them.
        let most_rows = match a.row_stride % 1024 {
            0 => Tile::most_rows().min(8),
            _ => Tile::most_rows(),
        };
        // Tiles as even as can be: of 16 rows, two tiles of 8 rather than 12 and 4.
        let tile_rows = a.rows.div_ceil(a.rows.div_ceil(most_rows));
        assert!((k.len() - 1) * stride + PANEL <= panel.len());
        // A tile that is narrower than a panel, or turned on its side, is computed here first.
        let mut edge = [0.0; Tile::MOST_ROWS * PANEL];
        for row in (0..a.rows).step_by(tile_rows) {
            let rows = tile_rows.min(a.rows - row);
            let a_from = row * a.row_stride + k.start * a.col_stride;
            assert!(a_from + span(rows, k.len(), a.row_stride, a.col_stride) <= a.data.len());
            let from = row * self.row_stride + cols.start * self.col_stride;
            let whole = cols.len() == PANEL && self.col_stride == 1;
            let none = (std::ptr::null(), 0);
            let (to, to_stride, start) = if whole {
                assert!(from + span(rows, PANEL, self.row_stride, 1) <= self.data.len());
                let to = self.data[from..].as_mut_ptr();
                let start = match into {
                    Into::Overwrite => none,
                    Into::Accumulate => (to.cast_const(), self.row_stride),
                    Into::Row(row) => (row[cols.clone()].as_ptr(), 0),
                };
                (to, self.row_stride, start)
            } else {
                (edge.as_mut_ptr(), PANEL, none)
            };
            // SAFETY: the assertions above say that the tile's part of `A`, of the panel and of
            // the destination lie in their slices; `edge` holds a tile of any size; `rows` is at
            // most `Tile::most_rows()`.
            unsafe {
                tile(Tile {
                    rows,
                    depth: k.len(),
                    a: a.data[a_from..].as_ptr(),
                    a_row_stride: a.row_stride,
                    a_col_stride: a.col_stride,
                    b: panel.as_ptr(),
                    b_stride: stride,
                    c: to,
                    c_stride: to_stride,
                    start: start.0,
                    start_stride: start.1,
                });
            }
            if !whole {
                for (r, edge) in edge.chunks_exact(PANEL).take(rows).enumerate() {
                    for (c, &value) in edge[..cols.len()].iter().enumerate() {
                        let to = &mut self.data[from + r * self.row_stride + c * self.col_stride];
                        put(to, value, into, cols.start + c);
                    }
                }
            }
        }
    }

    /// A few columns whose elements lie side by side in both operands.
    fn dots(self, a: Mat<'_>, b: Mat<'_>, into: Into<'_>) {
        for row in 0..a.rows {
            let x = &a.data[row * a.row_stride..][..a.cols];
            for col in 0..b.cols {
                let value = dot(x, &b.data[col * b.col_stride..][..b.rows]);
                put(
                    &mut self.data[row * self.row_stride + col * self.col_stride],
                    value,
                    into,
                    col,
                );
            }
        }
    }
}

/// Puts one element of the product, of column `col`, in its place.
#[inline(always)]
fn put(to: &mut f32, value: f32, into: Into<'_>, col: usize) {
    *to = value
        + match into {
            Into::Overwrite => 0.0,
            Into::Accumulate => *to,
            Into::Row(row) => row[col],
        };
}

/// Packs the rows `k` and the columns `cols` of `b` into the beginning of `piece`.
fn pack_piece<'p>(
    piece: &'p mut [f32],
    b: Mat<'_>,
    k: Range<usize>,
    cols: Range<usize>,
) -> &'p [f32] {
    let piece = &mut piece[..k.len() * PANEL];
    let data = &b.data[k.start * b.row_stride + cols.start * b.col_stride..];
    pack(
        piece,
        Mat {
            data,
            rows: k.len(),
            cols: cols.len(),
            ..b
        },
    );
    piece
}

simd! {
    fn dot(x: &[f32], y: &[f32]) -> f32 {
        // Running sums that need not wait for one another, in a fixed order.
        let mut sums = [0.0f32; 32];
        let (x32, y32) = (x.chunks_exact(32), y.chunks_exact(32));
        let rest: f32 = x32.remainder().iter().zip(y32.remainder()).map(|(x, y)| x * y).sum();
        for (x, y) in x32.zip(y32) {
            for k in 0..32 {
                sums[k] = fma::<FMA>(x[k], y[k], sums[k]);
            }
        }
        sums.iter().sum::<f32>() + rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{assert_close, naive_gemm, numbers};

    /// Sums of up to 300 products of numbers below one, in f32 against f64.
    const TOLERANCE: f32 = 2e-5;

    #[test]
    fn agrees_with_the_naive_product_for_every_layout() {
        for (m, n, k) in [
            (1, 1, 1),
            (1, 17, 5),
            (5, 1, 300),
            (7, 33, 2),
            (16, 64, 48),
            (35, 50, 129),
            (50, 64, 300),
            (64, 3, 40),
            (3, 64, 530),
        ] {
            for (a_t, b_t) in [(false, false), (false, true), (true, false), (true, true)] {
                for into in [Into::Overwrite, Into::Accumulate] {
                    let a = numbers(m * k, 1);
                    let b = numbers(k * n, 2);
                    let mut c = numbers(m * n, 3);
                    let a = if a_t {
                        Mat::new(&a, k, m).t()
                    } else {
                        Mat::new(&a, m, k)
                    };
                    let b = if b_t {
                        Mat::new(&b, n, k).t()
                    } else {
                        Mat::new(&b, k, n)
                    };
                    let mut want = c.clone();
                    naive_gemm(
                        &mut want,
                        (m, n, k),
                        |r, c| a.data[r * a.row_stride + c * a.col_stride],
                        |r, c| b.data[r * b.row_stride + c * b.col_stride],
                        into == Into::Accumulate,
                    );
                    gemm(MatMut::new(&mut c, m, n), a, b, into);
                    assert_close(
                        &c,
                        &want,
                        TOLERANCE,
                        &format!("{m}×{n}×{k} {a_t} {b_t} {into:?}"),
                    );
                }
            }
        }
    }

    #[test]
    fn a_block_of_columns_leaves_its_neighbours_alone() {
        let a = numbers(3 * 4, 1);
        let b = numbers(4 * 10, 2);
        let mut c = vec![9.0; 3 * 12];
        gemm(
            MatMut::new(&mut c, 3, 12).columns(5..7),
            Mat::new(&a, 3, 4),
            Mat::new(&b, 4, 10).columns(8..10),
            Into::Overwrite,
        );
        for (at, value) in c.iter().enumerate() {
            let (row, col) = (at / 12, at % 12);
            let want = if (5..7).contains(&col) {
                (0..4)
                    .map(|k| a[row * 4 + k] * b[k * 10 + col + 3])
                    .sum::<f32>()
            } else {
                9.0
            };
            assert!((value - want).abs() < 1e-6, "({row}, {col})");
        }
    }

    #[test]
    fn an_overwritten_destination_is_never_read() {
        let mut c = vec![f32::NAN; 6];
        gemm(
            MatMut::new(&mut c, 2, 3),
            Mat::new(&[1.0; 8], 2, 4),
            Mat::new(&[1.0; 12], 4, 3),
            Into::Overwrite,
        );
        assert_eq!(c, [4.0; 6]);
    }

    #[test]
    fn a_packed_operand_gives_the_same_product() {
        for (m, n, k) in [(1, 1, 1), (16, 64, 48), (13, 33, 300), (60, 70, 513)] {
            let (a, b) = (numbers(m * k, 1), numbers(n * k, 2));
            for transposed in [false, true] {
                let b = if transposed {
                    Mat::new(&b, n, k).t()
                } else {
                    Mat::new(&b, k, n)
                };
                let mut panels = vec![f32::NAN; packed_len(k, n)];
                pack(&mut panels, b);
                let row = numbers(n, 4);
                let start = |at: usize| row[at % n];
                let (mut c, mut want) = (
                    vec![f32::NAN; m * n],
                    (0..m * n).map(start).collect::<Vec<_>>(),
                );
                let a = Mat::new(&a, m, k);
                let b_packed = Packed::new(&panels, k, n);
                gemm_packed(MatMut::new(&mut c, m, n), a, b_packed, Into::Row(&row));
                gemm(MatMut::new(&mut want, m, n), a, b, Into::Accumulate);
                assert_close(&c, &want, TOLERANCE, &format!("{m}×{n}×{k} {transposed}"));
            }
        }
    }

    #[test]
    #[should_panic(expected = "matrix 3×4")]
    fn a_short_slice_is_refused() {
        Mat::new(&[0.0; 11], 3, 4);
    }
}
