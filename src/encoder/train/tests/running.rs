//! A training as it runs: it learns, it can be stopped at any step and taken up again.

use std::path::Path;

use super::*;

/// Stops after a number of steps, and keeps what it saw.
#[derive(Default)]
struct Watch {
    stop_after: Option<usize>,
    steps: Vec<Step>,
    epochs: Vec<usize>,
}

impl Watch {
    fn stopping_after(steps: usize) -> Self {
        Self {
            stop_after: Some(steps),
            ..Self::default()
        }
    }
}

impl Observer<Encoder> for Watch {
    fn step(&mut self, step: &Step) -> bool {
        self.steps.push(*step);
        self.stop_after != Some(step.step + 1)
    }

    fn epoch(
        &mut self,
        epoch: usize,
        _: &Encoder,
    ) -> Result<Vec<(&'static str, f64)>, EncoderError> {
        self.epochs.push(epoch);
        Ok(vec![("figure", epoch as f64 / 2.)])
    }
}

fn run(folder: &Path, resume: bool) -> Run {
    Run {
        folder: folder.to_owned(),
        resume,
    }
}

fn tiny() -> Encoder {
    encoder("tiny-bert", Precision::Trainable)
}

/// The rows of the log without the seconds, which no two runs share.
fn log(folder: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(folder.join("training.csv")).unwrap();
    text.lines()
        .map(|line| {
            let (epoch, rest) = line.split_once(',').unwrap();
            let (_seconds, rest) = rest.split_once(',').unwrap();
            format!("{epoch},{rest}")
        })
        .collect()
}

fn has_checkpoint(folder: &Path) -> bool {
    folder.join("checkpoint.safetensors").exists()
}

#[test]
fn a_training_lowers_the_loss_and_logs_every_epoch() {
    for loss in [Loss::CosineSimilarity, Loss::CoSent, Loss::LabelSoftmax] {
        let folder = tempfile::tempdir().unwrap();
        let config = TrainConfig {
            epochs: 8,
            loss,
            ..config()
        };
        let mut watch = Watch::default();
        train(
            &tiny(),
            &toy_data(),
            &config,
            &run(folder.path(), false),
            &mut watch,
        )
        .unwrap();

        let losses: Vec<f32> = watch.steps.iter().map(|step| step.loss).collect();
        assert_eq!(losses.len(), 16);
        let mean = |part: &[f32]| part.iter().sum::<f32>() / part.len() as f32;
        let (first, last) = (mean(&losses[..2]), mean(&losses[14..]));
        assert!(last < 0.7 * first, "{loss:?}: {losses:?}");
        assert!(watch.steps.iter().all(|step| step.total == 16));
        assert_eq!(watch.epochs, (0..8).collect::<Vec<_>>());

        let rows = log(folder.path());
        assert_eq!(rows[0], "epoch,loss,figure");
        assert_eq!(rows.len(), 9);
        assert!(rows[8].starts_with("8,") && rows[8].ends_with(",3.500000"));
        assert!(!has_checkpoint(folder.path()));
    }
}

#[test]
fn a_run_can_be_repeated_from_its_seed() {
    let trained = |seed| {
        let folder = tempfile::tempdir().unwrap();
        let encoder = tiny();
        let config = TrainConfig { seed, ..config() };
        let run = run(folder.path(), false);
        train(&encoder, &toy_data(), &config, &run, &mut Watch::default()).unwrap();
        weights(&encoder)
    };
    let once = trained(1);
    assert!(once == trained(1));
    assert!(once != trained(2));
}

/// Wherever it is stopped, the last step of an epoch and of the whole training included.
#[test]
fn a_stopped_run_goes_on_as_if_it_had_not_been_stopped() {
    let whole = tempfile::tempdir().unwrap();
    let encoder = tiny();
    let whole_run = run(whole.path(), false);
    train(
        &encoder,
        &toy_data(),
        &config(),
        &whole_run,
        &mut Watch::default(),
    )
    .unwrap();
    let (expected, expected_log) = (weights(&encoder), log(whole.path()));
    assert_eq!(expected_log.len(), 4);

    for steps in 1..=6 {
        let folder = tempfile::tempdir().unwrap();
        let stopped = train(
            &tiny(),
            &toy_data(),
            &config(),
            &run(folder.path(), false),
            &mut Watch::stopping_after(steps),
        );
        assert!(matches!(stopped, Err(EncoderError::Interrupted)));
        assert!(has_checkpoint(folder.path()));

        let resumed = tiny();
        let mut watch = Watch::default();
        train(
            &resumed,
            &toy_data(),
            &config(),
            &run(folder.path(), true),
            &mut watch,
        )
        .unwrap();
        let done: Vec<usize> = watch.steps.iter().map(|step| step.step).collect();
        assert_eq!(done, (steps..6).collect::<Vec<_>>());
        assert!(weights(&resumed) == expected, "stopped after {steps}");
        assert_eq!(log(folder.path()), expected_log, "stopped after {steps}");
        assert!(!has_checkpoint(folder.path()));
    }
}

/// Killed after an epoch was logged, but before the next checkpoint: the epoch runs again.
#[test]
fn an_epoch_that_runs_again_is_logged_once() {
    let folder = tempfile::tempdir().unwrap();
    let stop = |after, resume| {
        let run = run(folder.path(), resume);
        let mut watch = Watch::stopping_after(after);
        let _ = train(&tiny(), &toy_data(), &config(), &run, &mut watch);
    };
    stop(1, false);
    let checkpoint = folder.path().join("checkpoint.safetensors");
    let early = std::fs::read(&checkpoint).unwrap();
    stop(5, true);
    assert_eq!(log(folder.path()).len(), 3);
    std::fs::write(&checkpoint, early).unwrap();
    stop(99, true);
    let epochs: Vec<String> = log(folder.path());
    let epochs: Vec<&str> = epochs.iter().map(|row| &row[..1]).collect();
    assert_eq!(epochs, ["e", "1", "2", "3"]);
}

#[test]
fn without_a_checkpoint_resuming_is_beginning() {
    let folder = tempfile::tempdir().unwrap();
    let mut watch = Watch::default();
    let run = run(folder.path(), true);
    train(&tiny(), &toy_data(), &config(), &run, &mut watch).unwrap();
    assert_eq!(watch.steps.len(), 6);
}

#[test]
fn a_checkpoint_of_another_run_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let stop = |encoder: &Encoder, data: &TrainData, config: &TrainConfig, resume| {
        let run = run(folder.path(), resume);
        train(encoder, data, config, &run, &mut Watch::stopping_after(1))
    };
    let interrupted = stop(&tiny(), &toy_data(), &config(), false);
    assert!(matches!(interrupted, Err(EncoderError::Interrupted)));

    let refused = |result: Result<(), EncoderError>, why: &str| {
        let error = result.unwrap_err();
        assert!(
            matches!(error, EncoderError::Checkpoint { .. }),
            "{why}: {error}"
        );
        let text = error.to_string();
        assert!(text.contains("checkpoint.safetensors"), "{text}");
        assert!(text.contains("--force"), "{text}");
    };
    let slower = TrainConfig {
        lr: 1e-4,
        ..config()
    };
    refused(stop(&tiny(), &toy_data(), &slower, true), "other settings");
    let mut data = toy_data();
    data.inputs[0].body.push('!');
    refused(stop(&tiny(), &data, &config(), true), "another text");
    let mut data = toy_data();
    data.similarity[0] = 0.;
    refused(stop(&tiny(), &data, &config(), true), "another target");
    let mut data = toy_data();
    data.groups.swap(0, 11);
    refused(stop(&tiny(), &data, &config(), true), "other groups");
    let adapter = encoder("tiny-bert", Precision::Lora { rank: 2, from: 0 });
    refused(
        stop(&adapter, &toy_data(), &config(), true),
        "an adapter instead",
    );
}

#[test]
fn a_damaged_checkpoint_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let run = run(folder.path(), true);
    let mut watch = Watch::stopping_after(1);
    let _ = train(&tiny(), &toy_data(), &config(), &run, &mut watch);
    let path = folder.path().join("checkpoint.safetensors");
    let whole = std::fs::read(&path).unwrap();
    for length in [0, 7, 100, whole.len() / 2, whole.len() - 1] {
        std::fs::write(&path, &whole[..length]).unwrap();
        let mut watch = Watch::default();
        let error = train(&tiny(), &toy_data(), &config(), &run, &mut watch).unwrap_err();
        assert!(
            matches!(error, EncoderError::Checkpoint { .. }),
            "{length}: {error}"
        );
        assert!(watch.steps.is_empty());
    }
}

#[test]
fn what_cannot_be_learned_from_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |data: &TrainData| {
        let run = run(folder.path(), false);
        let result = train(&tiny(), data, &config(), &run, &mut Watch::default());
        assert!(matches!(result, Err(EncoderError::Data(_))), "{result:?}");
    };
    refused(&TrainData::default());
    refused(&TrainData {
        candidates: Vec::new(),
        similarity: Vec::new(),
        groups: Vec::new(),
        ..toy_data()
    });
}

#[test]
fn a_loss_that_is_no_number_stops_the_training() {
    let folder = tempfile::tempdir().unwrap();
    let mut data = toy_data();
    data.similarity[0] = f32::NAN;
    let run = run(folder.path(), false);
    let error = train(&tiny(), &data, &config(), &run, &mut Watch::default()).unwrap_err();
    assert!(error.to_string().contains("--lr"), "{error}");
}

#[test]
fn a_frozen_encoder_cannot_be_trained() {
    let folder = tempfile::tempdir().unwrap();
    let frozen = encoder("tiny-bert", Precision::Float);
    let run = run(folder.path(), false);
    let result = train(&frozen, &toy_data(), &config(), &run, &mut Watch::default());
    assert!(result.is_err());
}
