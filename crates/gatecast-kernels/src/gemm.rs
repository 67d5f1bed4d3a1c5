//! Matrix views over slices, and the one product everything else is built on.
//!
//! The views check once that every element they describe lies inside the slice; the product
//! itself is the `gemm` crate's, whose kernels take raw pointers.

use std::ops::Range;

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

/// What becomes of the values that the product's destination holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Into {
    /// `C = A·B`; what `C` held is never read.
    Overwrite,
    /// `C = C + A·B`.
    Accumulate,
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

/// `C = A·B` or `C = C + A·B` for `A: m×k`, `B: k×n`, `C: m×n`, on the calling thread.
///
/// The result depends on the shapes and the values only, never on what ran before.
///
/// # Panics
/// When the shapes do not fit one another.
pub fn gemm(c: MatMut<'_>, a: Mat<'_>, b: Mat<'_>, into: Into) {
    let (m, n, k) = (c.rows, c.cols, a.cols);
    assert!(
        a.rows == m && b.rows == k && b.cols == n,
        "({m}×{n}) from ({}×{k})·({}×{})",
        a.rows,
        b.rows,
        b.cols
    );
    if m == 0 || n == 0 {
        return;
    }
    if k == 0 {
        if into == Into::Overwrite {
            for row in c.data.chunks_mut(c.row_stride).take(m) {
                row[..n].fill(0.0);
            }
        }
        return;
    }
    assert!(span(m, n, c.row_stride, 1) <= c.data.len());
    assert!(span(m, k, a.row_stride, a.col_stride) <= a.data.len());
    assert!(span(k, n, b.row_stride, b.col_stride) <= b.data.len());
    // SAFETY: the three assertions above say that every element `(r, c)` the product reads or
    // writes lies inside its slice; slices are shorter than `isize::MAX` bytes, so the strides
    // fit; `c` is borrowed mutably, so it overlaps neither `a` nor `b`.
    unsafe {
        ::gemm::gemm(
            m,
            n,
            k,
            c.data.as_mut_ptr(),
            1,
            c.row_stride as isize,
            into == Into::Accumulate,
            a.data.as_ptr(),
            a.col_stride as isize,
            a.row_stride as isize,
            b.data.as_ptr(),
            b.col_stride as isize,
            b.row_stride as isize,
            1.0f32,
            1.0f32,
            false,
            false,
            false,
            ::gemm::Parallelism::None,
        );
    }
}

/// Writes the transpose of the `rows×cols` matrix `from` to `to`.
///
/// # Panics
/// When either slice is not `rows·cols` long.
pub fn transpose(to: &mut [f32], from: &[f32], rows: usize, cols: usize) {
    assert!(to.len() == rows * cols && from.len() == rows * cols);
    // Tiles of 16×16 floats: both sides touch whole cache lines while they are near.
    const TILE: usize = 16;
    for row in (0..rows).step_by(TILE) {
        for col in (0..cols).step_by(TILE) {
            for c in col..(col + TILE).min(cols) {
                for r in row..(row + TILE).min(rows) {
                    to[c * rows + r] = from[r * cols + c];
                }
            }
        }
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
    fn transposing_twice_gives_the_matrix_back() {
        let (rows, cols) = (37, 21);
        let a = numbers(rows * cols, 1);
        let (mut once, mut twice) = (vec![0.0; a.len()], vec![0.0; a.len()]);
        transpose(&mut once, &a, rows, cols);
        transpose(&mut twice, &once, cols, rows);
        assert_eq!(a, twice);
        assert_eq!(once[3 * rows + 5], a[5 * cols + 3]);
    }

    #[test]
    #[should_panic(expected = "matrix 3×4")]
    fn a_short_slice_is_refused() {
        Mat::new(&[0.0; 11], 3, 4);
    }
}
