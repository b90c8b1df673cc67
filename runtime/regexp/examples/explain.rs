//! Prints the program of a pattern and its first match.
//!
//! `cargo run -p tvm-regexp --example explain -- 'pattern' flags 'text'`

use tvm_regexp::{Flags, Input, Pattern, Program, Scratch, Unlimited};

fn main() {
    let mut arguments = std::env::args().skip(1);
    let pattern = arguments.next().unwrap_or_default();
    let letters = arguments.next().unwrap_or_default();
    let Some(flags) = Flags::parse(letters.chars()) else {
        return eprintln!("unknown flags: {letters}");
    };
    let program = match Program::compile(Pattern::Str(&pattern), flags) {
        Ok(program) => program,
        Err(error) => return eprintln!("{error}"),
    };
    print!("{}", program.disassemble());
    println!("{} bytes", program.heap_bytes());
    let Some(text) = arguments.next() else { return };
    let units: Vec<u16> = text.encode_utf16().collect();
    let mut scratch = Scratch::new();
    let sticky = flags.contains(Flags::STICKY);
    match program.exec(Input::Utf16(&units), 0, sticky, &mut scratch, &mut Unlimited) {
        Ok(true) => println!("{:?}", scratch.captures().collect::<Vec<_>>()),
        Ok(false) => println!("no match"),
        Err(error) => println!("{error}"),
    }
}
