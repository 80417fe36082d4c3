//! Gradients against differences, and what a token may see.

use candle_core::Var;

use super::super::check;
use super::*;
use crate::nn::ops::attend;

fn offsets() -> Arc<[usize]> {
    Arc::from([0, 3, 4])
}

/// Four query heads on two key-value heads, causal.
const GROUPED: Heads = Heads {
    query: 4,
    key_value: 2,
    causal: true,
    window: None,
    scale: None,
    soft_cap: None,
};

/// As in Gemma 2: two tokens are seen, scores are scaled by their own number and capped.
const CAPPED: Heads = Heads {
    window: Some(2),
    scale: Some(0.9),
    soft_cap: Some(0.6),
    ..GROUPED
};

fn grouped() -> [Var; 3] {
    [
        check::var(&[4, 12], 1),
        check::var(&[4, 6], 2),
        check::var(&[4, 6], 3),
    ]
}

#[test]
fn gradients_agree_with_differences() {
    let vars = [
        check::var(&[4, 6], 1),
        check::var(&[4, 6], 2),
        check::var(&[4, 6], 3),
    ];
    let heads = Heads::bidirectional(2);
    check::gradients(&vars, |v| attention(&v[0], &v[1], &v[2], heads, offsets()));
}

#[test]
fn gradients_of_grouped_causal_heads_agree_as_well() {
    for heads in [GROUPED, CAPPED] {
        check::gradients(&grouped(), |v| {
            attention(&v[0], &v[1], &v[2], heads, offsets())
        });
    }
}

#[test]
fn texts_do_not_see_each_other() {
    let (q, k) = (check::var(&[4, 6], 1), check::var(&[4, 6], 2));
    let v = check::var(&[4, 6], 3);
    let heads = Heads::bidirectional(2);
    let all = attention(&q, &k, &v, heads, offsets()).unwrap();
    let last = |t: &Tensor| t.narrow(0, 3, 1).unwrap();
    let alone = attention(&last(&q), &last(&k), &last(&v), heads, Arc::from([0, 1])).unwrap();
    let together: Vec<Vec<f32>> = last(&all).to_vec2().unwrap();
    assert_eq!(together, alone.to_vec2::<f32>().unwrap());
}

#[test]
fn new_tokens_over_a_cache_come_out_as_in_the_whole_text() {
    let [q, k, v] = grouped();
    for heads in [GROUPED, CAPPED] {
        let whole = attention(&q, &k, &v, heads, Arc::from([0, 4])).unwrap();
        let whole = whole.to_vec2::<f32>().unwrap();
        let flat = |t: &Var, rows: usize| -> Vec<f32> {
            let rows = t.narrow(0, 0, rows).unwrap();
            rows.flatten_all().unwrap().to_vec1().unwrap()
        };
        for (from, to) in [(0, 4), (0, 1), (1, 3), (3, 4)] {
            let newest = q.narrow(0, from, to - from).unwrap();
            let out = attend(&newest, &flat(&k, to), &flat(&v, to), heads).unwrap();
            for (ours, row) in out.to_vec2::<f32>().unwrap().iter().zip(from..) {
                for (a, b) in ours.iter().zip(&whole[row]) {
                    assert!((a - b).abs() < 1e-6, "{from}..{to}");
                }
            }
        }
    }
}

#[test]
fn shapes_and_offsets_that_do_not_fit_are_errors() {
    let q = check::var(&[4, 6], 1);
    let heads = Heads::bidirectional(2);
    assert!(attention(&q, &q, &q, heads, Arc::from([0, 3])).is_err());
    assert!(attention(&q, &q, &q, GROUPED, offsets()).is_err());
    assert!(attention(&q, &q, &q, Heads::bidirectional(0), offsets()).is_err());
    let keys = [0f32; 6];
    assert!(attend(&q, &keys, &keys, heads).is_err());
}
