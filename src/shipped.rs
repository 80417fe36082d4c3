//! What the binary carries: the default question pack and the models, so that it runs on its own.

use ohlora::cli::Shipped;
use ohlora::content::Embedded;
use ohlora::engine::models::EmbeddedModel;

macro_rules! files {
    ($folder:literal: $($file:literal),* $(,)?) => {
        &[$((
            $file,
            include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/", $folder, "/", $file)) as &[u8],
        )),*]
    };
}

/// The default pack and models.
pub const SHIPPED: Shipped = Shipped {
    pack: Embedded {
        id: "ml-interview-ko",
        files: files!("content/ml-interview-ko":
            "pack.toml",
            "intents.toml",
            "topics/01-greeting.toml",
            "topics/02-ai-ml-dl.toml",
            "topics/03-llm-definition.toml",
            "topics/04-loss-definition.toml",
            "topics/05-loss-examples.toml",
            "topics/06-mse.toml",
            "topics/07-mse-use.toml",
            "topics/08-mse-probability.toml",
            "topics/09-bce.toml",
            "topics/10-bce-task.toml",
            "topics/11-ce-softmax.toml",
            "topics/12-loss-experience.toml",
            "topics/13-small-talk.toml",
            "topics/14-rest.toml",
            "topics/15-peft.toml",
            "topics/16-peft-methods.toml",
            "topics/17-lora.toml",
            "topics/18-qlora.toml",
            "topics/19-closing.toml",
            "dialogue/01-greeting.csv",
            "dialogue/02-ai-ml-dl.csv",
            "dialogue/03-llm-definition.csv",
            "dialogue/04-loss-definition.csv",
            "dialogue/05-loss-examples.csv",
            "dialogue/06-mse.csv",
            "dialogue/07-mse-use.csv",
            "dialogue/08-mse-probability.csv",
            "dialogue/09-bce.csv",
            "dialogue/10-bce-task.csv",
            "dialogue/11-ce-softmax.csv",
            "dialogue/12-loss-experience.csv",
            "dialogue/13-small-talk.csv",
            "dialogue/14-rest.csv",
            "dialogue/15-peft.csv",
            "dialogue/16-peft-methods.csv",
            "dialogue/17-lora.csv",
            "dialogue/18-qlora.csv",
            "dialogue/19-closing.csv",
        ),
    },
    companion: Embedded {
        id: "companion-ko",
        files: files!("content/companion-ko":
            "ethics/train.csv",
            "ethics/plain.toml",
            "memory/train.txt",
            "memory/none.txt",
            "persona.toml",
            "memory/statements.txt",
            "exchanges/10-hello-sleep-and-meals.toml",
            "exchanges/11-weather-moving-body-and-money.toml",
            "exchanges/12-holidays-moves-school-and-office.toml",
            "exchanges/13-feelings.toml",
            "exchanges/14-hard-days-and-follow-ups.toml",
            "exchanges/15-conversation-flow.toml",
            "exchanges/20-who-she-is.toml",
            "exchanges/21-can-and-cannot.toml",
            "exchanges/22-play-and-short.toml",
            "exchanges/23-friendship-and-boundaries.toml",
            "exchanges/24-interview-and-ml.toml",
            "exchanges/30-about-me.toml",
            "exchanges/31-likes-and-people.toml",
            "exchanges/32-days-and-plans.toml",
            "exchanges/33-changes-and-odd-facts.toml",
            "exchanges/34-she-remembers.toml",
            "exchanges/40-ordinary-days.toml",
            "exchanges/41-food-body-and-animals.toml",
            "exchanges/42-study-and-work.toml",
            "exchanges/43-people-and-feelings.toml",
            "exchanges/44-leisure-and-wonder.toml",
            "exchanges/45-herself-and-small-moves.toml",
            "exchanges/50-work-and-money.toml",
            "exchanges/51-school-and-home.toml",
            "exchanges/52-hobbies.toml",
            "exchanges/53-out-and-about.toml",
            "exchanges/54-people-and-short-words.toml",
            "exchanges/55-program-interviews-study.toml",
            "exchanges/56-about-oneself.toml",
            "exchanges/57-school-family-and-free-time.toml",
            "exchanges/58-body-resolve-and-study.toml",
            "exchanges/59-projects-books-and-plans.toml",
            "exchanges/60-days-trips-and-meals.toml",
            "exchanges/61-drinks-songs-and-matches.toml",
            "exchanges/62-colours-and-short-words.toml",
            "exchanges/63-facts-and-chores.toml",
        ),
    },
    models: &[
        EmbeddedModel {
            name: "base",
            files: files!("models/base": "config.json", "tokenizer.json", "model.safetensors"),
        },
        EmbeddedModel {
            name: "answer",
            files: files!("models/answer":
                "config.json", "model.safetensors", "calibration.json", "examples.emb"),
        },
        EmbeddedModel {
            name: "next",
            files: files!("models/next": "config.json", "model.safetensors"),
        },
        EmbeddedModel {
            name: "ethics",
            files: files!("models/ethics":
                "config.json", "model.safetensors", "calibration.json",
                "examples.emb", "examples-2.emb", "examples-3.emb",
                "examples-base.emb", "examples-base-2.emb", "examples-base-3.emb",
                "letters.safetensors"),
        },
        EmbeddedModel {
            name: "memory",
            files: files!("models/memory":
                "config.json", "model.safetensors", "calibration.json",
                "examples.emb", "examples-2.emb", "examples-3.emb",
                "examples-base.emb", "examples-base-2.emb", "examples-base-3.emb"),
        },
        EmbeddedModel {
            name: "nano",
            files: files!("models/nano":
                "config.json", "tokenizer.json", "model.safetensors", "questions.emb"),
        },
        EmbeddedModel {
            name: "heads",
            files: files!("models/heads": "talk.emb", "talk-2.emb", "talk-3.emb"),
        },
        EmbeddedModel {
            name: "heads/memory",
            files: files!("models/heads/memory": "classifier.safetensors", "calibration.json"),
        },
        EmbeddedModel {
            name: "heads/eyes_mouth_pose",
            files: files!("models/heads/eyes_mouth_pose": "classifier.safetensors", "calibration.json"),
        },
    ],
    manifest: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/models/manifest.toml")),
};

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn no_file_of_the_packs_is_left_behind() {
        let content = concat!(env!("CARGO_MANIFEST_DIR"), "/content");
        for (pack, folder) in [
            (&SHIPPED.pack, "topics"),
            (&SHIPPED.companion, "exchanges"),
            (&SHIPPED.companion, "ethics"),
            (&SHIPPED.companion, "memory"),
        ] {
            let path = format!("{content}/{}/{folder}", pack.id);
            for entry in std::fs::read_dir(path).unwrap() {
                let name = entry.unwrap().file_name();
                let name = format!("{folder}/{}", name.to_str().unwrap());
                let carried = pack.files.iter().any(|(file, _)| *file == name);
                assert!(carried, "{name}");
            }
        }
    }
}
