//! A classifier as it learns, is written, and is loaded over the base in eight bits.

use super::gradients::norms_of;
use super::*;
use crate::encoder::train::classify::{ClassData, ClassifyConfig, Lesson, Pupil, teach};
use crate::encoder::train::run::Objective;
use crate::encoder::{Classifier, ModelFiles};
use crate::nn::optim::{AdamW, AdamWConfig};
use crate::testing::{TINY, model_files};

/// The texts of the toy data, four classes of three.
fn classes() -> ClassData {
    let data = toy_data();
    ClassData {
        targets: data.groups.iter().map(|group| group.class).collect(),
        texts: data.inputs,
        classes: ["손실", "기울기", "과적합", "학습"]
            .map(str::to_owned)
            .into(),
    }
}

fn lessons() -> ClassifyConfig {
    ClassifyConfig {
        epochs: 20,
        batch: 6,
        lr: 1e-2,
        from: 1,
        ..ClassifyConfig::default()
    }
}

struct Watch {
    stop_after: Option<usize>,
    losses: Vec<f32>,
}

impl Observer<Pupil> for Watch {
    fn step(&mut self, step: &Step) -> bool {
        self.losses.push(step.loss);
        self.stop_after != Some(step.step + 1)
    }

    fn epoch(&mut self, _: usize, _: &Pupil) -> Result<Vec<(&'static str, f64)>, EncoderError> {
        Ok(Vec::new())
    }
}

/// Trains until it is done or stopped; the losses, and what became of it.
fn taught(
    base: &ModelFiles,
    folder: &std::path::Path,
    stop_after: Option<usize>,
) -> (Pupil, Vec<f32>) {
    let (data, config) = (classes(), lessons());
    let pupil = Pupil::new(base, &data, &config).unwrap();
    let mut watch = Watch {
        stop_after,
        losses: Vec::new(),
    };
    let run = Run {
        folder: folder.to_owned(),
        resume: true,
    };
    let done = teach(&pupil, &data, &config, &run, &mut watch);
    assert_eq!(done.is_err(), stop_after.is_some());
    (pupil, watch.losses)
}

#[test]
fn a_classifier_learns_and_says_the_same_in_eight_bits() {
    for model in TINY {
        let base = model_files(model);
        let folder = tempfile::tempdir().unwrap();
        let (pupil, losses) = taught(&base, folder.path(), None);
        assert!(losses[losses.len() - 1] < 0.7 * losses[0], "{losses:?}");
        let bytes = pupil.to_bytes(&base).unwrap();
        let classifier = Classifier::load(&base, "test", &bytes).unwrap();
        let data = classes();
        assert_eq!(classifier.classes(), data.classes);
        let (own, loaded) = (
            pupil.probabilities(&data.texts).unwrap(),
            classifier.probabilities(&data.texts).unwrap(),
        );
        let mut right = 0;
        for ((own, loaded), target) in own.iter().zip(&loaded).zip(&data.targets) {
            assert!((loaded.iter().sum::<f32>() - 1.).abs() < 1e-5);
            for (a, b) in own.iter().zip(loaded) {
                assert!((a - b).abs() < 0.1, "{model}: {own:?} {loaded:?}");
            }
            right += usize::from(loaded.iter().all(|p| *p <= loaded[*target]));
        }
        assert!(right >= 10, "{model}: {right} of 12");
        assert!(classifier.probabilities(&[]).unwrap().is_empty());
    }
}

#[test]
fn gradients_reach_the_softmax_layer_and_every_adapter() {
    let base = model_files("tiny-bert");
    let (data, config) = (classes(), lessons());
    let pupil = Pupil::new(&base, &data, &config).unwrap();
    let lesson = Lesson::new(&pupil, &data, &config).unwrap();
    let batch: Vec<usize> = (0..data.texts.len()).collect();
    let mut adam = AdamW::new(lesson.variables().to_vec(), AdamWConfig::default());
    // The softmax layer is zero at first, so nothing reaches what lies before it; then B, then A.
    for _ in 0..2 {
        norms_of(&lesson, &batch, &mut |grads| {
            adam.step(grads, 1.).unwrap();
        });
    }
    let norms = norms_of(&lesson, &batch, &mut |_| ());
    // Two of the three layers have adapters.
    assert_eq!(norms.len(), 2 * 2 * 6 + 2);
    let still = norms.iter().filter(|(_, norm)| *norm == 0.);
    let still: Vec<_> = still.map(|(name, _)| name).collect();
    assert!(still.is_empty(), "{still:?}");
}

#[test]
fn a_stopped_lesson_goes_on_as_if_it_had_not_been_stopped() {
    let base = model_files("tiny-bert");
    let (whole, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (expected, _) = taught(&base, whole.path(), None);
    let (_, before) = taught(&base, folder.path(), Some(13));
    let (resumed, after) = taught(&base, folder.path(), None);
    assert_eq!(before.len() + after.len(), 40);
    let said = |pupil: &Pupil| pupil.probabilities(&classes().texts).unwrap();
    assert_eq!(said(&resumed), said(&expected));
}

#[test]
fn a_file_that_is_damaged_or_of_another_base_is_refused() {
    let base = model_files("tiny-bert");
    let pupil = Pupil::new(&base, &classes(), &lessons()).unwrap();
    let bytes = pupil.to_bytes(&base).unwrap();
    let said = |base: &ModelFiles, bytes: &[u8]| match Classifier::load(base, "heads/x", bytes) {
        Ok(_) => String::new(),
        Err(error) => error.to_string(),
    };
    assert_eq!(said(&base, &bytes), "");
    for end in [0, 7, 100, bytes.len() - 1] {
        let error = said(&base, &bytes[..end]);
        assert!(
            error.starts_with("heads/x: classifier.safetensors: "),
            "{error}"
        );
    }
    let error = said(&model_files("tiny-roberta"), &bytes);
    assert!(error.contains("trained on another base"), "{error}");
}

#[test]
fn data_that_does_not_fit_is_refused() {
    let base = model_files("tiny-bert");
    let mut data = classes();
    data.classes.truncate(3);
    let wrong = [ClassData::default(), data];
    for data in wrong {
        let made = Pupil::new(&base, &data, &lessons());
        assert!(matches!(made, Err(EncoderError::Data(_))));
    }
}
