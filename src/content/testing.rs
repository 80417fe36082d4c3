//! A small sound pack for tests, in memory or in a folder.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;

use super::source::{Embedded, ReadError, Source};

/// `pack.toml` of the small pack.
pub const PACK: &str = r#"format_version = 1
id = "tiny"
title = "작은 면접"
language = "ko"
topics = ["01-lora"]
end = "면접 종료"
"#;

/// `topics/01-lora.toml` of the small pack: no finding at all.
pub const TOPIC: &str = r#"format_version = 1
title = "LoRA"
kind = "question"
questions = [
  "LoRA가 뭐야?",
  "LoRA를 한마디로 설명해 줘!",
  "LoRA는 무엇을 학습하는 방법이야?",
]

[[answer]]
label = "LoRA"
key_point = "가중치를 얼리고 저랭크 행렬 두 개만 학습한다."
hint = "작은 행렬 두 개!"
model_answer = "원래 가중치는 얼리고 저랭크 행렬 두 개의 곱을 더해 그것만 학습합니다."
examples = [
  "작은 행렬 두 개만 학습",
  "가중치 얼리고 저랭크 행렬을 더해요",
  "B랑 A 곱해서 더하는 거",
  "low rank 행렬만 튜닝",
  "원본은 고정, 옆에 붙인 것만 배움",
  "rank 낮은 두 행렬의 곱을 학습합니다",
  "전체 말고 추가한 저랭크 부분만 업데이트",
  "모델은 두고 어댑터 행렬 두 개만요",
]

[[misconception]]
label = "원래 가중치를 학습"
correction = "원래 가중치는 얼려 둬!"
examples = ["원본 가중치를 다 바꿔요", "전체를 다시 학습", "모든 파라미터 업데이트", "원래 값을 조금씩 고침"]

[[misconception]]
label = "양자화"
correction = "그건 QLoRA에서 더해지는 거야."
examples = ["4비트로 줄이는 거", "가중치를 저비트로 바꿈", "양자화 기법이에요", "int8로 압축하는 방법"]

[failure]
examples = [
  "모르겠어요",
  "LoRA는 LoRA죠",
  "뭔가 중요한 거",
  "까먹었다",
  "음...",
  "요즘 유행하는 거 아닌가",
  "오늘 날씨 좋네요",
  "들어는 봤는데요",
]

[[next]]
to = "면접 종료"
when = "default"
"#;

/// `intents.toml` of the small pack.
pub const INTENTS: &str = r#"format_version = 1
ready = ["준비됐어요"]
skip = ["다른 거 물어봐"]
dont_know = ["잘 모르겠습니다"]
term_question = ["저랭크가 뭐예요?"]
hedge = ["행렬인 것 같은데 확실하진 않아요"]
greeting = ["안녕하세요"]
"#;

/// `eval/01-lora.toml` of the small pack.
pub const EVAL: &str = r#"[[case]]
message = "얼린 모델 옆의 작은 행렬만 배우는 방식"
labels = ["LoRA"]

[[case]]
message = "글쎄요, 이름만 알아요"
labels = []
"#;

/// The small pack as the binary would hold it.
pub const EMBEDDED: Embedded = Embedded {
    id: "tiny",
    files: &[
        ("pack.toml", PACK.as_bytes()),
        ("intents.toml", INTENTS.as_bytes()),
        ("topics/01-lora.toml", TOPIC.as_bytes()),
        ("eval/01-lora.toml", EVAL.as_bytes()),
    ],
};

/// A pack in memory.
#[derive(Debug, Clone)]
pub struct Memory(pub BTreeMap<String, Vec<u8>>);

impl Memory {
    /// The small pack.
    pub fn tiny() -> Self {
        let files = EMBEDDED.files.iter();
        files.fold(Self(BTreeMap::new()), |pack, (path, bytes)| {
            pack.with(path, bytes)
        })
    }

    /// No file at all.
    pub fn empty() -> Self {
        Self(BTreeMap::new())
    }

    /// With a file added or replaced.
    pub fn with(mut self, path: &str, contents: impl AsRef<[u8]>) -> Self {
        self.0.insert(path.to_owned(), contents.as_ref().to_owned());
        self
    }

    /// With the topic's text changed in one place.
    pub fn edit(self, path: &str, from: &str, to: &str) -> Self {
        let text = String::from_utf8(self.0[path].clone()).expect("text");
        assert!(text.contains(from), "{path} holds no {from:?}");
        self.with(path, text.replacen(from, to, 1))
    }

    /// With the topic's text changed in one place.
    pub fn edit_topic(self, from: &str, to: &str) -> Self {
        self.edit("topics/01-lora.toml", from, to)
    }
}

impl Source for Memory {
    fn read(&self, path: &str) -> Result<Cow<'_, [u8]>, ReadError> {
        let bytes = self.0.get(path).ok_or(ReadError::Missing)?;
        Ok(Cow::Borrowed(bytes))
    }

    fn list(&self, folder: &str) -> Vec<String> {
        let names = self
            .0
            .keys()
            .filter_map(|path| path.strip_prefix(&format!("{folder}/")));
        names.map(str::to_owned).collect()
    }

    fn show(&self, path: &str) -> String {
        path.to_owned()
    }
}

/// Writes the small pack into a folder.
pub fn write_pack(folder: &Path) {
    for (path, bytes) in Memory::tiny().0 {
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("created");
        std::fs::write(path, bytes).expect("written");
    }
}
