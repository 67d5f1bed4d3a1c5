//! The sample that comes with the library, for the demo and the examples in the documentation.

use super::Series;

/// Daily close and volume of the S&P 500 index, 2017-01-03 to 2018-04-30 (333 sessions).
///
/// Source: the data set `sp500` of the Python package `arch` (University of Illinois/NCSA
/// licence), which took it from Yahoo Finance; columns close and volume, unchanged.
///
/// ```
/// let series = gatecast::series::sp500();
/// assert_eq!(series.rows(), 333);
/// assert_eq!(series.column("close")?[0], 2257.830078);
/// # Ok::<(), gatecast::Error>(())
/// ```
pub fn sp500() -> Series {
    let names: &[&str] = &[];
    Series::parse("S&P 500 (built in)", include_bytes!("sp500.csv"), names)
        .expect("the file is compiled in and a test reads it")
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn the_sample_is_whole() {
        let series = sp500();
        assert_eq!(series.rows(), 333);
        assert_eq!(series.stamps()[0], date(2017, 1, 3));
        assert_eq!(series.stamps()[332], date(2018, 4, 30));
        assert_eq!(series.column("close").unwrap()[332], 2648.050049);
        assert_eq!(series.column("volume").unwrap()[0], 3770530000.0);
    }
}
