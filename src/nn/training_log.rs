//! The log of a training, for a spreadsheet: loss, time and figures, epoch by epoch.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::checkpoint::CheckpointError;

/// `training.csv`: a row per epoch.
pub struct TrainingLog {
    path: PathBuf,
    file: File,
    header: bool,
    started: Instant,
}

impl TrainingLog {
    /// Keeps the rows of the first `epochs`: what comes after them is trained again.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn open(folder: &Path, epochs: usize) -> Result<Self, CheckpointError> {
        let path = folder.join("training.csv");
        let kept = match epochs {
            0 => String::new(),
            _ => std::fs::read_to_string(&path).unwrap_or_default(),
        };
        let kept: String = kept.split_inclusive('\n').take(1 + epochs).collect();
        let mut file = File::create(&path).map_err(CheckpointError::io(&path))?;
        file.write_all(kept.as_bytes())
            .map_err(CheckpointError::io(&path))?;
        Ok(Self {
            path,
            file,
            header: kept.is_empty(),
            started: Instant::now(),
        })
    }

    /// Adds a row.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn epoch(
        &mut self,
        epoch: usize,
        loss: f64,
        figures: &[(&'static str, f64)],
    ) -> Result<(), CheckpointError> {
        let mut text = String::new();
        if std::mem::take(&mut self.header) {
            text.push_str("epoch,seconds,loss");
            figures
                .iter()
                .for_each(|(name, _)| text.extend([",", name]));
            text.push('\n');
        }
        let seconds = self.started.elapsed().as_secs_f64();
        text.push_str(&format!("{},{seconds:.1},{loss:.6}", epoch + 1));
        figures
            .iter()
            .for_each(|(_, value)| text.push_str(&format!(",{value:.6}")));
        text.push('\n');
        self.file
            .write_all(text.as_bytes())
            .map_err(CheckpointError::io(&self.path))
    }
}
