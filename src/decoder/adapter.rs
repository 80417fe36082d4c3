//! LoRA adapters as PEFT writes them: `adapter_config.json` and `adapter_model.safetensors`.
//!
//! An adapter is merged into its model at load: `W + scale · B·A`, in f32, with `scale = alpha / r`,
//! or `alpha / √r` where the adapter asks for it (rsLoRA). Where several share one model, each stays
//! beside its layers ([`Adapter::beside`]). `fan_in_fan_out` only concerns layers
//! that store their weights the other way round; the families here have none, and PEFT, too, passes
//! over it for them.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use candle_core::{Device, Tensor};
use serde::Deserialize;
use serde_json::Value;

use super::error::{FileError, Problem};
use super::files::ModelFiles;
use super::weights::Weights;
use crate::nn::gemm::{Mat, gemm};
use crate::nn::linear::Lora;

const CONFIG: &str = "adapter_config.json";
const TENSORS: &str = "adapter_model.safetensors";

#[derive(Deserialize)]
struct Fields {
    peft_type: String,
    r: usize,
    lora_alpha: f64,
    #[serde(default)]
    use_rslora: bool,
    #[serde(default)]
    use_dora: bool,
    #[serde(default)]
    lora_bias: bool,
    bias: Option<String>,
    alora_invocation_tokens: Option<Value>,
    #[serde(default)]
    alpha_pattern: HashMap<String, f64>,
    #[serde(default)]
    rank_pattern: HashMap<String, usize>,
}

/// An adapter in its folder.
pub struct Adapter {
    fields: Fields,
    files: ModelFiles,
    weights: Weights,
    /// The layers it changes, by the name of the layer without `.weight`, and the prefix and suffix
    /// of the names of its tensors.
    modules: BTreeMap<String, Names>,
    used: RefCell<BTreeSet<String>>,
}

/// A rank, and the two matrices that meet in it.
type Halves = (usize, Vec<f32>, Vec<f32>);

#[derive(Default)]
struct Names {
    a: Option<String>,
    b: Option<String>,
}

impl Adapter {
    /// Reads an adapter's configuration and the names of its tensors.
    ///
    /// # Errors
    /// When a file is missing or malformed, or the adapter is more than a LoRA on linear layers.
    pub fn open(folder: &Path) -> Result<Self, FileError> {
        Self::of(ModelFiles::at(folder))
    }

    /// As [`Adapter::open`], of files anywhere.
    ///
    /// # Errors
    /// As [`Adapter::open`].
    pub fn of(files: ModelFiles) -> Result<Self, FileError> {
        let config = files.path(CONFIG);
        let missing = || FileError::new(&config, "", Problem::Missing);
        let fields: Fields = files.json(CONFIG)?.ok_or_else(missing)?;
        let refused = [
            (
                fields.peft_type != "LORA",
                "peft_type",
                "an adapter other than LoRA",
            ),
            (fields.use_dora, "use_dora", "DoRA"),
            (fields.lora_bias, "lora_bias", "a LoRA with biases"),
            (
                fields.bias.as_deref().is_some_and(|bias| bias != "none"),
                "bias",
                "a LoRA with trained biases",
            ),
            (
                fields
                    .alora_invocation_tokens
                    .as_ref()
                    .is_some_and(|v| !v.is_null()),
                "alora_invocation_tokens",
                "activated LoRA",
            ),
        ];
        if let Some((_, field, what)) = refused.into_iter().find(|(refused, ..)| *refused) {
            return Err(FileError::new(
                &config,
                field,
                Problem::Unsupported(what.into()),
            ));
        }
        if !fields.lora_alpha.is_finite() {
            let problem = Problem::Unexpected {
                expected: "a number".into(),
                found: fields.lora_alpha.to_string(),
            };
            return Err(FileError::new(&config, "lora_alpha", problem));
        }
        let weights = Weights::read(&files, [(TENSORS.to_owned(), files.require(TENSORS)?)])?;
        let mut modules = BTreeMap::<String, Names>::new();
        for name in weights.tensors.keys() {
            let Some((module, is_a)) = module_of(name) else {
                let what = "anything but LoRA weights of linear layers".to_owned();
                let path = files.path(TENSORS);
                return Err(FileError::new(path, name, Problem::Unsupported(what)));
            };
            let names = modules.entry(module.to_owned()).or_default();
            let place = if is_a { &mut names.a } else { &mut names.b };
            *place = Some(name.clone());
        }
        Ok(Self {
            fields,
            files,
            weights,
            modules,
            used: RefCell::default(),
        })
    }

    /// Adds the adapter's part to the weights [outputs, inputs] of a layer; whether it has one.
    ///
    /// # Errors
    /// When the adapter's tensors do not fit the layer.
    pub fn merge(
        &self,
        layer: &str,
        outputs: usize,
        inputs: usize,
        weights: &mut [f32],
    ) -> Result<(), FileError> {
        let Some((rank, a, b)) = self.halves(layer, outputs, inputs)? else {
            return Ok(());
        };
        let path = self.files.path(TENSORS);
        let mut delta = vec![0f32; weights.len()];
        let (a, b) = (Mat::new(&a, rank, inputs), Mat::new(&b, outputs, rank));
        gemm(b, a, self.scale(layer, rank), None, &mut delta)
            .map_err(|error| FileError::new(&path, layer, Problem::Syntax(error.to_string())))?;
        for (weight, delta) in weights.iter_mut().zip(delta) {
            *weight += delta;
        }
        self.used.borrow_mut().insert(layer.to_owned());
        Ok(())
    }

    /// The adapter's part of a layer, to stay beside it; none where it leaves the layer as it is.
    ///
    /// # Errors
    /// As [`Adapter::merge`].
    pub fn beside(
        &self,
        layer: &str,
        outputs: usize,
        inputs: usize,
    ) -> Result<Option<Lora>, FileError> {
        let Some((rank, a, b)) = self.halves(layer, outputs, inputs)? else {
            return Ok(None);
        };
        let broken = |error: candle_core::Error| {
            let path = self.files.path(TENSORS);
            FileError::new(path, layer, Problem::Syntax(error.to_string()))
        };
        let cpu = &Device::Cpu;
        self.used.borrow_mut().insert(layer.to_owned());
        Ok(Some(Lora {
            a: Tensor::from_vec(a, (rank, inputs), cpu).map_err(broken)?,
            b: Tensor::from_vec(b, (outputs, rank), cpu).map_err(broken)?,
            scale: f64::from(self.scale(layer, rank)),
            dropout: None,
        }))
    }

    /// Rank, `A` [rank, inputs] and `B` [outputs, rank] of a layer, in f32.
    fn halves(
        &self,
        layer: &str,
        outputs: usize,
        inputs: usize,
    ) -> Result<Option<Halves>, FileError> {
        let Some(names) = self.modules.get(layer) else {
            return Ok(None);
        };
        let path = self.files.path(TENSORS);
        let half = |name: &Option<String>| {
            name.clone()
                .ok_or_else(|| FileError::new(&path, layer, Problem::Absent))
        };
        let (a, b) = (half(&names.a)?, half(&names.b)?);
        let rank = self.weights.tensors.get(&a).and_then(|a| a.shape.first());
        let rank = rank.copied().unwrap_or(0);
        if rank != self.rank(layer) {
            let problem = Problem::Unexpected {
                expected: format!("rank {}", self.rank(layer)),
                found: format!("rank {rank}"),
            };
            return Err(FileError::new(&path, a, problem));
        }
        let a = self.weights.matrix(&a, rank, inputs)?.dequantize();
        let b = self.weights.matrix(&b, outputs, rank)?.dequantize();
        Ok(Some((rank, a, b)))
    }

    /// Whether the adapter changes a layer.
    pub fn has(&self, layer: &str) -> bool {
        self.modules.contains_key(layer)
    }

    /// Checks that every part of the adapter found its layer.
    ///
    /// # Errors
    /// When one did not: the adapter belongs to another model.
    pub fn check_all_used(&self) -> Result<(), FileError> {
        let used = self.used.borrow();
        match self.modules.keys().find(|module| !used.contains(*module)) {
            Some(module) => {
                let path = self.files.path(TENSORS);
                Err(FileError::new(path, module, Problem::OtherModel))
            }
            None => Ok(()),
        }
    }

    fn rank(&self, layer: &str) -> usize {
        of_pattern(&self.fields.rank_pattern, layer).unwrap_or(self.fields.r)
    }

    fn scale(&self, layer: &str, rank: usize) -> f32 {
        let alpha = of_pattern(&self.fields.alpha_pattern, layer).unwrap_or(self.fields.lora_alpha);
        let rank = rank as f64;
        let divisor = if self.fields.use_rslora {
            rank.sqrt()
        } else {
            rank
        };
        (alpha / divisor) as f32
    }
}

/// A layer's own value: that of its name, or of the end of its name.
fn of_pattern<T: Copy>(pattern: &HashMap<String, T>, layer: &str) -> Option<T> {
    let own = |key: &str| {
        let rest = layer.strip_suffix(key);
        rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    pattern
        .iter()
        .find(|(key, _)| own(key))
        .map(|(_, value)| *value)
}

/// The layer a tensor belongs to, and whether it is `A`.
fn module_of(name: &str) -> Option<(&str, bool)> {
    let name = name
        .strip_prefix("base_model.model.")?
        .strip_suffix(".weight")?;
    let name = name.strip_suffix(".default").unwrap_or(name);
    match name.strip_suffix(".lora_A") {
        Some(module) => Some((module, true)),
        None => name.strip_suffix(".lora_B").map(|module| (module, false)),
    }
}
