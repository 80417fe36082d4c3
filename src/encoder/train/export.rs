//! A trained encoder as a model folder: eight-bit layers, f32 norms, embeddings as they came.

use std::path::Path;

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};

use crate::encoder::{Encoder, EncoderError, ModelFiles};

/// What a trained model was made from.
pub struct Origin<'a> {
    /// The files it was loaded from.
    pub files: &'a ModelFiles,
    /// Name under which the program finds that base again, so that the tokenizer and the embeddings
    /// need not be kept twice; none for a base it cannot find by itself.
    pub shared_base: Option<&'a str>,
    /// What it was trained for.
    pub role: &'a str,
}

type Stored = (String, Dtype, Vec<usize>, Vec<u8>);

/// Writes `config.json` and `model.safetensors`, and the tokenizer where it is not shared.
///
/// # Errors
/// When a layer cannot be quantized or a file cannot be written.
pub fn export(encoder: &Encoder, origin: &Origin, folder: &Path) -> Result<(), EncoderError> {
    let mut tensors: Vec<Stored> = Vec::new();
    for (name, linear) in encoder.linears() {
        let (weight, bias) = linear.quantize()?;
        let values = weight.values.iter().map(|value| *value as u8).collect();
        let shape = vec![weight.outputs, weight.inputs];
        tensors.push((format!("{name}.weight"), Dtype::I8, shape, values));
        tensors.push(floats(format!("{name}.weight_scale"), &weight.scales));
        tensors.push(floats(format!("{name}.bias"), &bias));
    }
    for (name, norm) in encoder.norms() {
        tensors.push(floats(format!("{name}.weight"), &norm.weight.to_vec1()?));
        tensors.push(floats(format!("{name}.bias"), &norm.bias.to_vec1()?));
    }
    let mut config = encoder.config.clone();
    config.ohlora.role = Some(origin.role.to_owned());
    config.ohlora.query_prefix = None;
    // Who starts from a model that shares a base shares it as well.
    let shared = origin.shared_base.map(str::to_owned);
    config.ohlora.base = shared.or(config.ohlora.base);
    let alone = config.ohlora.base.is_none();
    if alone {
        tensors.extend(embeddings(origin.files)?);
    }
    let views = tensors
        .iter()
        .map(|(name, dtype, shape, data)| {
            TensorView::new(*dtype, shape.clone(), data)
                .map(|view| (name.as_str(), view))
                .map_err(|error| origin.files.malformed("model.safetensors", error))
        })
        .collect::<Result<Vec<_>, _>>()?;
    let file = safetensors::serialize(views, None)
        .map_err(|error| origin.files.malformed("model.safetensors", error))?;
    let json = serde_json::to_vec_pretty(&config)
        .map_err(|error| origin.files.malformed("config.json", error))?;
    let write = |file: &str, bytes: &[u8]| {
        let path = folder.join(file);
        crate::fs::write_atomic(&path, bytes).map_err(|e| EncoderError::io(&path)(e.source))
    };
    // What an earlier model left here would be taken for this one's.
    remove(&folder.join("calibration.json"))?;
    for (file, bytes) in [
        ("tokenizer.json", &origin.files.tokenizer),
        ("tokenizer_config.json", &origin.files.tokenizer_config),
    ] {
        match bytes {
            Some(bytes) if alone => write(file, bytes)?,
            _ => remove(&folder.join(file))?,
        }
    }
    write("model.safetensors", &file)?;
    write("config.json", &json)
}

fn remove(path: &Path) -> Result<(), EncoderError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(EncoderError::io(path)(error))
        }
        _ => Ok(()),
    }
}

fn floats(name: String, values: &[f32]) -> Stored {
    let bytes = values
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect();
    (name, Dtype::F32, vec![values.len()], bytes)
}

/// The embedding tables, byte for byte.
fn embeddings(files: &ModelFiles) -> Result<Vec<Stored>, EncoderError> {
    let source = SafeTensors::deserialize(&files.weights)
        .map_err(|error| files.malformed("model.safetensors", error))?;
    let tables = source.tensors().into_iter().filter_map(|(name, view)| {
        let start = name.find("embeddings.")?;
        let plain = name[start..].to_owned();
        (plain.ends_with("_embeddings.weight")).then(|| {
            let data = view.data().to_vec();
            (plain, view.dtype(), view.shape().to_vec(), data)
        })
    });
    Ok(tables.collect())
}
