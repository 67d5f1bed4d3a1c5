//! Small passes over whole buffers: adding, summing columns, multiplying by a mask.

use crate::isa::simd;

simd! {
    /// `to += from`, element by element, over the shorter of the two.
    pub fn add(to: &mut [f32], from: &[f32]) {
        to.iter_mut().zip(from).for_each(|(to, from)| *to += from);
    }
}

simd! {
    /// `to *= by`, element by element, over the shorter of the two.
    pub fn multiply(to: &mut [f32], by: &[f32]) {
        to.iter_mut().zip(by).for_each(|(to, by)| *to *= by);
    }
}

simd! {
    /// `sums += Σ rows` for the columns `first..first + sums.len()` of a matrix with `cols`
    /// columns.
    ///
    /// # Panics
    /// When these columns leave the matrix.
    pub fn add_column_sums(sums: &mut [f32], rows: &[f32], cols: usize, first: usize) {
        for row in rows.chunks_exact(cols) {
            let row = &row[first..first + sums.len()];
            sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
        }
    }
}

simd! {
    /// The sum of the squares, in f64.
    pub fn sum_of_squares(values: &[f32]) -> f64 {
        // Sixteen running sums: the additions need not wait for one another, and their order is
        // fixed, so the result is too.
        let mut sums = [0.0f64; 16];
        let chunks = values.chunks_exact(16);
        let rest: f64 = chunks.remainder().iter().map(|&v| f64::from(v) * f64::from(v)).sum();
        for chunk in chunks {
            for (sum, &value) in sums.iter_mut().zip(chunk) {
                *sum += f64::from(value) * f64::from(value);
            }
        }
        sums.iter().sum::<f64>() + rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::numbers;

    #[test]
    fn sums_of_columns_and_squares() {
        let rows: Vec<f32> = (0..12u8).map(f32::from).collect();
        let mut sums = [100.0, 0.0];
        add_column_sums(&mut sums, &rows, 4, 1);
        assert_eq!(sums, [100.0 + 1.0 + 5.0 + 9.0, 2.0 + 6.0 + 10.0]);

        let values = numbers(1003, 7);
        let want: f64 = values.iter().map(|&v| f64::from(v).powi(2)).sum();
        assert!((sum_of_squares(&values) - want).abs() < 1e-12 * want);
    }
}
