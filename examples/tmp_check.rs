use clap::Parser;
use ohlora::cli::content::*;
use std::io::Write;
#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    content: ContentArgs,
}
fn main() {
    let cli = Cli::parse();
    let m = ohlora::messages::Messages::new(
        if std::env::var("LANG").is_ok_and(|l| l.starts_with("ko")) {
            ohlora::messages::Lang::Ko
        } else {
            ohlora::messages::Lang::En
        },
    );
    let mut out = std::io::stdout().lock();
    let r = run(
        cli.content,
        Context {
            messages: &m,
            search: &ohlora::content::locate::search_path("ml-interview-ko"),
            embedded: ohlora::content::Embedded {
                id: "x",
                files: &[],
            },
            token_len: None,
            disputes: &mut std::iter::empty(),
            colour: false,
        },
        &mut out,
    );
    out.flush().unwrap();
    match r {
        Ok(c) => println!("{c:?}"),
        Err(e) => println!("ERR {e}"),
    }
}
