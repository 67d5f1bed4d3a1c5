//! Windows of many series as one data set; those of one series are a pool of one. What this file is
//! not: it cuts nothing, [`Windows`] does.

use super::Windows;
use crate::nn::{Dataset, Shape};
use crate::rng::Rng;

/// Windows drawn from many series.
pub(crate) struct Pool<'a> {
    /// Of each series; at least one.
    windows: &'a [Windows<'a>],
    /// Series and window of each sample; all of them in order if `None`.
    drawn: Option<Vec<(usize, usize)>>,
    /// Number of the first sample of each series, and of all samples, where none were drawn.
    firsts: Vec<usize>,
}

impl<'a> Pool<'a> {
    /// Every window of every series.
    pub(crate) fn all(windows: &'a [Windows<'a>]) -> Self {
        let mut firsts = vec![0];
        for windows in windows {
            firsts.push(firsts[firsts.len() - 1] + windows.len());
        }
        Self {
            windows,
            drawn: None,
            firsts,
        }
    }

    /// At most `each` windows of every series: one at random from each of as many pieces of equal
    /// length.
    pub(crate) fn draw(windows: &'a [Windows<'a>], each: usize, rng: &mut Rng) -> Self {
        let mut drawn = Vec::new();
        for (series, windows) in windows.iter().enumerate() {
            let count = windows.len();
            if count <= each {
                drawn.extend((0..count).map(|window| (series, window)));
                continue;
            }
            for piece in 0..each {
                let place = (piece as f64 + f64::from(rng.uniform())) / each as f64;
                drawn.push((series, ((count as f64 * place) as usize).min(count - 1)));
            }
        }
        Self {
            windows,
            drawn: Some(drawn),
            firsts: Vec::new(),
        }
    }

    /// Series and window of a sample.
    fn place(&self, sample: usize) -> (usize, usize) {
        match &self.drawn {
            Some(drawn) => drawn[sample],
            None => {
                let series = self.firsts.partition_point(|&first| first <= sample) - 1;
                (series, sample - self.firsts[series])
            }
        }
    }
}

impl Dataset for Pool<'_> {
    fn len(&self) -> usize {
        match &self.drawn {
            Some(drawn) => drawn.len(),
            None => self.firsts[self.firsts.len() - 1],
        }
    }

    fn input(&self) -> Shape {
        self.windows[0].input()
    }

    fn target(&self) -> Shape {
        self.windows[0].target()
    }

    fn gather(&self, samples: &[usize], x: &mut [f32], y: &mut [f32]) {
        for (place, &sample) in samples.iter().enumerate() {
            let (series, window) = self.place(sample);
            self.windows[series].put(window, place, samples.len(), x, y);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prepare::{Frame, Scaling, TargetTransform};

    fn frame(rows: usize, first: f64) -> Frame {
        let values: Vec<f64> = (0..rows).map(|row| first + row as f64).collect();
        let price = TargetTransform::Price;
        Frame::new(&[&values], Some(0), &values, price, Scaling::Window).unwrap()
    }

    #[test]
    fn every_window_of_every_series_is_in_the_pool_once() {
        let frames = [frame(6, 0.0), frame(2, 50.0), frame(8, 100.0)];
        let windows: Vec<Windows<'_>> = frames
            .iter()
            .map(|frame| Windows::new(frame, 3, 1, 0..frame.rows()))
            .collect();
        let pool = Pool::all(&windows);
        let places: Vec<_> = (0..pool.len()).map(|sample| pool.place(sample)).collect();
        let (first, last) = ((0..3).map(|w| (0, w)), (0..5).map(|w| (2, w)));
        assert_eq!(places, first.chain(last).collect::<Vec<_>>());

        let mut rng = Rng::named(0, "pool");
        let pool = Pool::draw(&windows, 4, &mut rng);
        let drawn = pool.drawn.clone().unwrap();
        assert_eq!(pool.len(), 3 + 4);
        assert!(drawn.is_sorted() && drawn[..3] == places[..3], "{drawn:?}");
        assert!(
            drawn[3..]
                .iter()
                .all(|&(series, window)| series == 2 && window < 5)
        );
    }
}
