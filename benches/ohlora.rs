//! How long the learner waits: for a text to be embedded, a message to be judged, the models to be
//! loaded, a frame to be drawn. `cargo bench`.

#![allow(missing_docs, clippy::unwrap_used)]

use std::path::Path;
use std::time::Duration;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use ohlora::companion::expression::{FRAME, Motion, draw};
use ohlora::content::{Folder, Pack, load};
use ohlora::encoder::{Encoder, Packed, Precision, Text};
use ohlora::engine::judge::Judge;
use ohlora::engine::memory::ItemEmbeddings;
use ohlora::engine::models::ModelStore;
use ohlora::engine::selector::Selector;
use ohlora::interview::{JudgeRequest, SelectRequest};
use ohlora::messages::{Lang, Messages};
use ohlora::tui::reaction::Reaction;
use ohlora::tui::sample::long_interview;
use ohlora::tui::theme::{Depth, Theme, ThemeChoice};
use ohlora::tui::view::view;
use ohlora::tui::widget::face::Portrait;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::layout::{Rect, Size};
use ratatui::widgets::Widget;

const ANSWER: &str =
    "과적합은 모델이 학습 데이터의 잡음까지 외워서 새 데이터에서 성능이 떨어지는 현상입니다";
const TOPIC: &str = "LoRA";
const MESSAGE: &str = "원래 가중치는 얼려 두고 저랭크 행렬 두 개만 학습하는 방법이에요";

fn models() -> ModelStore {
    ModelStore {
        folders: vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("models")],
        embedded: &[],
    }
}

fn pack() -> Pack {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("content/ml-interview-ko");
    load(&Folder(folder)).unwrap()
}

fn judge(models: &ModelStore) -> Judge {
    let files = models.find("answer").unwrap();
    let base = models.base_of(&files).unwrap();
    Judge::load(&files, base.as_ref(), None).unwrap()
}

fn selector(models: &ModelStore) -> Selector {
    let files = models.find("next").unwrap();
    let base = models.base_of(&files).unwrap();
    Selector::load(&files, base.as_ref(), None).unwrap()
}

fn encode(c: &mut Criterion) {
    let files = models().find("base").unwrap();
    let encoder = Encoder::load(&files, None, Precision::Int8).unwrap();
    for (name, texts) in [("encode one answer", 1), ("encode 64 answers", 64)] {
        let batch = vec![Text::from(ANSWER); texts];
        c.bench_function(name, |b| b.iter(|| encoder.encode(&batch).unwrap()));
    }
}

/// A message compared with its topic, and the next topic chosen among two.
fn judged_turn(c: &mut Criterion) {
    let (models, pack) = (models(), pack());
    let (mut judge, mut selector) = (judge(&models), selector(&models));
    let message = JudgeRequest {
        topic: TOPIC.to_owned(),
        message: MESSAGE.to_owned(),
        asked: None,
    };
    let choice = SelectRequest {
        topic: TOPIC.to_owned(),
        message: MESSAGE.to_owned(),
        remaining: Vec::new(),
        allowed: vec!["LoRA 와 QLoRA 의 차이".to_owned(), TOPIC.to_owned()],
    };
    // The topic's examples are embedded once, before the learner has finished typing.
    judge.evidence(&pack, &message).unwrap();
    c.bench_function("judged turn", |b| {
        b.iter(|| {
            let evidence = judge.evidence(&pack, &message).unwrap();
            (evidence, selector.select(&choice).unwrap())
        });
    });
}

/// What ten thousand memories add to a turn, once the message is embedded.
fn memories(c: &mut Criterion) {
    let embedding = |seed: usize| -> Vec<f32> {
        let values = (0..384).map(|i| ((seed * 31 + i * 17) as f32 * 0.37).sin());
        values.map(|value| value / 384f32.sqrt()).collect()
    };
    let items: Vec<Packed> = (1..=10_000)
        .map(|seed| Packed::new(&embedding(seed)))
        .collect();
    let items: ItemEmbeddings = items.iter().collect();
    let message = embedding(0);
    c.bench_function("10,000 memories", |b| b.iter(|| items.scores(&message)));
}

fn loading(c: &mut Criterion) {
    let models = models();
    c.bench_function("load the judge", |b| {
        b.iter_batched(|| (), |()| judge(&models), BatchSize::PerIteration);
    });
}

/// A whole frame: nothing on the screen can be kept.
fn frame(c: &mut Criterion) {
    let size = Size::new(120, 40);
    let state = long_interview(10_000, size, Messages::new(Lang::Ko));
    let backend = TestBackend::new(size.width, size.height);
    let mut terminal = Terminal::new(backend).unwrap();
    c.bench_function("frame of 10,000 lines", |b| {
        b.iter(|| {
            terminal.clear().unwrap();
            terminal.draw(|frame| view(&state, frame)).unwrap();
        });
    });
}

/// A second of her face in an expression: twenty pictures, each another.
fn portrait(c: &mut Criterion) {
    let theme = Theme::new(ThemeChoice::Dark, None, None).with_depth(Depth::True);
    let mut motion = Motion::new(1);
    motion.express(draw(Reaction::Delighted.expression(), 1), Duration::ZERO);
    let area = Rect::new(0, 0, 36, 18);
    let mut buffer = Buffer::empty(area);
    c.bench_function("portrait, 20 pictures", |b| {
        b.iter(|| {
            for frame in 0..20 {
                let face = &motion.at(FRAME * (20 + frame));
                let theme = &theme;
                Portrait { face, theme }.render(area, &mut buffer);
            }
        });
    });
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(15);
    targets = encode, judged_turn, memories, loading, frame, portrait
}
criterion_main!(benches);
