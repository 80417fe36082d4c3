//! A threshold fitted to what it costs.

/// The middle of the widest range of thresholds, by hundredths from .02 to .98, at which `cost` is least.
pub(super) fn cheapest(cost: impl Fn(f32) -> usize) -> f32 {
    let steps: Vec<f32> = (2..=98).map(|percent| percent as f32 / 100.).collect();
    let costs: Vec<usize> = steps.iter().map(|step| cost(*step)).collect();
    let least = costs.iter().copied().min().unwrap_or(0);
    let (mut start, mut widest) = (0, (0, 0));
    for range in costs.chunk_by(|a, b| (*a == least) == (*b == least)) {
        if range[0] == least && range.len() > widest.1 {
            widest = (start, range.len());
        }
        start += range.len();
    }
    let (first, length) = widest;
    (steps[first] + steps[first + length.max(1) - 1]) / 2.
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_lies_amid_the_widest_range_that_costs_least() {
        let cost = |t: f32| usize::from(!(0.1..0.2).contains(&t) && !(0.4..0.8).contains(&t));
        assert!((cheapest(cost) - 0.6).abs() < 0.02);
        assert!((cheapest(|_| 3) - 0.5).abs() < 0.01);
    }
}
