//! From tensors of a file to layers, as frozen numbers or as variables.

use candle_core::{Device, Tensor, Var};

use super::Precision;
use super::embeddings::Embeddings;
use super::layer::{
    ATTENTION_NORM, ATTENTION_OUTPUT, INTERMEDIATE, KEY, Layer, Norm, OUTPUT, OUTPUT_NORM, QUERY,
    VALUE, layer_name, part_shape,
};
use crate::encoder::EncoderError;
use crate::encoder::config::EncoderConfig;
use crate::encoder::weights::Weights;
use crate::nn::linear::{ADAPTER_SCALE, Dense, Linear, Lora};
use crate::nn::quant::PackedLinear;

type Result<T> = std::result::Result<T, EncoderError>;

/// Builds the layers in the precision asked for, collecting the variables.
pub(super) struct Loader<'a> {
    pub weights: &'a Weights<'a>,
    pub config: &'a EncoderConfig,
    pub precision: Precision,
    pub variables: Vec<(String, Var)>,
}

impl Loader<'_> {
    pub fn embeddings(&mut self) -> Result<Embeddings> {
        let (config, width) = (self.config, self.config.hidden_size);
        let name = |part: &str| format!("embeddings.{part}_embeddings.weight");
        let mut types = self
            .weights
            .floats(&name("token_type"), &[config.type_vocab_size, width])?;
        types.truncate(width);
        Ok(Embeddings {
            words: self
                .weights
                .table(&name("word"), config.vocab_size, width)?,
            positions: self
                .weights
                .floats(&name("position"), &[config.max_position_embeddings, width])?,
            types,
            norm: self.norm("embeddings.LayerNorm")?,
        })
    }

    pub fn layer(&mut self, index: usize) -> Result<Layer> {
        Ok(Layer {
            query: self.part(index, QUERY)?,
            key: self.part(index, KEY)?,
            value: self.part(index, VALUE)?,
            attention_output: self.part(index, ATTENTION_OUTPUT)?,
            attention_norm: self.norm(&layer_name(index, ATTENTION_NORM))?,
            intermediate: self.part(index, INTERMEDIATE)?,
            output: self.part(index, OUTPUT)?,
            output_norm: self.norm(&layer_name(index, OUTPUT_NORM))?,
        })
    }

    fn part(&mut self, layer: usize, part: &str) -> Result<Linear> {
        let (outputs, inputs) = part_shape(self.config, part);
        let name = layer_name(layer, part);
        let mut linear = self.linear(&name, outputs, inputs)?;
        if let (Linear::Dense(dense), Precision::Lora { rank, from }) =
            (&mut linear, self.precision)
            && layer >= from
        {
            dense.lora = Some(self.lora(&name, outputs, inputs, rank)?);
        }
        Ok(linear)
    }

    fn linear(&mut self, name: &str, outputs: usize, inputs: usize) -> Result<Linear> {
        let (weight_name, bias_name) = (format!("{name}.weight"), format!("{name}.bias"));
        let bias = self.weights.floats(&bias_name, &[outputs])?;
        if self.precision == Precision::Int8 {
            let weight = self.weights.int8(&weight_name, &[outputs, inputs])?;
            return Ok(Linear::Packed(PackedLinear::new(&weight, bias)?));
        }
        let weight = self.weights.floats(&weight_name, &[outputs, inputs])?;
        Ok(Linear::Dense(Dense {
            weight: self.tensor(weight_name, weight, &[outputs, inputs])?,
            bias: Some(self.tensor(bias_name, bias, &[outputs])?),
            lora: None,
        }))
    }

    fn norm(&mut self, name: &str) -> Result<Norm> {
        let width = self.config.hidden_size;
        let (weight_name, bias_name) = (format!("{name}.weight"), format!("{name}.bias"));
        let weight = self.weights.floats(&weight_name, &[width])?;
        let bias = self.weights.floats(&bias_name, &[width])?;
        Ok(Norm {
            weight: self.tensor(weight_name, weight, &[width])?,
            bias: self.tensor(bias_name, bias, &[width])?,
        })
    }

    /// A variable when the whole model is trained, a constant otherwise.
    fn tensor(&mut self, name: String, values: Vec<f32>, shape: &[usize]) -> Result<Tensor> {
        if self.precision != Precision::Trainable {
            return Ok(Tensor::from_vec(values, shape, &Device::Cpu)?);
        }
        let var = Var::from_vec(values, shape, &Device::Cpu)?;
        let tensor = var.as_tensor().clone();
        self.variables.push((name, var));
        Ok(tensor)
    }

    /// An adapter that starts as nothing.
    fn lora(&mut self, name: &str, outputs: usize, inputs: usize, rank: usize) -> Result<Lora> {
        let (lora, variables) = Lora::variables(name, outputs, inputs, rank, ADAPTER_SCALE)?;
        self.variables.extend(variables);
        Ok(lora)
    }
}
