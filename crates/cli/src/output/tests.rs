use std::rc::Rc;

use super::*;

/// A stream that can be looked into, or that fails.
#[derive(Clone, Default)]
struct Stream {
    bytes: Rc<RefCell<Vec<u8>>>,
    fails: Option<io::ErrorKind>,
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Some(kind) = self.fails {
            return Err(kind.into());
        }
        self.bytes.borrow_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Stream {
    fn text(&self) -> String {
        String::from_utf8(self.bytes.borrow().clone()).unwrap()
    }
}

fn printer(format: Format, out: &Stream) -> Printer {
    Printer::with_streams(format, Box::new(out.clone()), Box::new(Stream::default()))
}

#[test]
fn a_reader_that_has_gone_is_no_error() {
    let gone = Stream {
        fails: Some(io::ErrorKind::BrokenPipe),
        ..Stream::default()
    };
    let printer = printer(Format::Table, &gone);
    assert!(printer.result("one\n").is_ok());
    assert!(printer.is_reader_gone());
    assert!(printer.result("two\n").is_ok());
}

#[test]
fn a_full_disk_is_one() {
    let full = Stream {
        fails: Some(io::ErrorKind::StorageFull),
        ..Stream::default()
    };
    let error = printer(Format::Table, &full).result("one\n").unwrap_err();
    assert_eq!(error.exit(), Exit::CannotJudge);
}

#[test]
fn documents_are_set_apart() {
    let out = Stream::default();
    let printer = printer(Format::Yaml, &out);
    printer.document(&serde_json::json!({ "a": 1 })).unwrap();
    printer.document(&serde_json::json!({ "b": "on" })).unwrap();
    assert_eq!(out.text(), "a: 1\n---\nb: \"on\"\n");
}

#[test]
fn several_results_in_json_are_lines() {
    let out = Stream::default();
    let printer = printer(Format::Json, &out);
    for number in [1, 2] {
        printer
            .stream(&serde_json::json!({ "number": number }))
            .unwrap();
    }
    assert_eq!(out.text(), "{\"number\":1}\n{\"number\":2}\n");
}
