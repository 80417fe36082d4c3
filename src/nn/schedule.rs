//! Learning-rate schedules.

/// Linear warm-up to the full rate, then linear decay to zero: the schedule of BERT fine-tuning.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WarmupLinear {
    /// Steps over which the rate rises.
    pub warmup: usize,
    /// All steps.
    pub total: usize,
}

impl WarmupLinear {
    /// Warm-up over a share of `total` steps.
    pub fn new(total: usize, warmup_share: f64) -> Self {
        let warmup = (total as f64 * warmup_share).ceil() as usize;
        Self { warmup, total }
    }

    /// Factor of the full rate at `step`, counted from zero.
    pub fn factor(&self, step: usize) -> f64 {
        if step < self.warmup {
            return (step + 1) as f64 / self.warmup as f64;
        }
        let left = self.total.saturating_sub(step) as f64;
        left / self.total.saturating_sub(self.warmup).max(1) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rises_then_falls_to_zero() {
        let schedule = WarmupLinear::new(100, 0.1);
        assert_eq!(schedule.factor(0), 0.1);
        assert_eq!(schedule.factor(9), 1.);
        assert_eq!(schedule.factor(10), 1.);
        assert!(schedule.factor(55) < 0.51);
        assert_eq!(schedule.factor(100), 0.);
    }
}
