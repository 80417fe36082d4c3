//! What embeddings have in common, and taking it away. A base S-BERT's lie close together in one
//! direction; less their mean, their cosines tell texts apart ("all-but-the-top", Mu & Viswanath 2018).

/// The mean of embeddings; empty where there are none.
pub fn mean<E: AsRef<[f32]>>(embeddings: impl Iterator<Item = E>) -> Vec<f32> {
    let (mut sum, mut count) = (Vec::new(), 0);
    for embedding in embeddings {
        let embedding = embedding.as_ref();
        sum.resize(embedding.len(), 0f32);
        for (sum, x) in sum.iter_mut().zip(embedding) {
            *sum += x;
        }
        count += 1;
    }
    sum.iter().map(|x| x / count as f32).collect()
}

/// An embedding less `centre`, of length 1; itself where `centre` is empty.
pub fn centred(embedding: &[f32], centre: &[f32]) -> Vec<f32> {
    if centre.is_empty() {
        return embedding.to_vec();
    }
    let rest = embedding.iter().zip(centre).map(|(x, mean)| x - mean);
    let rest: Vec<f32> = rest.collect();
    let length = rest.iter().map(|x| x * x).sum::<f32>().sqrt();
    let scale = if length > 0. { length.recip() } else { 0. };
    rest.iter().map(|x| x * scale).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn less_what_they_share_embeddings_point_apart() {
        let all = [vec![0.8, 0.6], vec![0.8, -0.6]];
        let centre = mean(all.iter());
        assert_eq!(centre, [0.8, 0.]);
        assert_eq!(centred(&all[0], &centre), [0., 1.]);
        assert_eq!(centred(&all[1], &centre), [0., -1.]);
        assert_eq!(centred(&all[0], &[]), all[0]);
        assert_eq!(centred(&[0.8, 0.], &centre), [0., 0.]);
        assert_eq!(mean::<Vec<f32>>([].into_iter()), [0f32; 0]);
    }
}
