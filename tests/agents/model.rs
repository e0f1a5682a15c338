//! A model that isn't one: it listens, asks for the tool calls that it was told to ask for, one
//! after the other, and then says that it is done.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use serde_json::Value;

/// A call of one of the agent's tools.
#[derive(Clone, Debug)]
pub struct Call {
    pub tool: &'static str,
    pub input: Value,
}

/// How an agent and its model talk.
pub struct Protocol {
    /// How the path of a request for an answer ends, without what follows a `?`.
    pub path: &'static str,
    /// How the events of an answer are written.
    pub form: Form,
    /// Returns whether a request is of the conversation itself. Agents also ask for titles and the
    /// like.
    pub is_main: fn(&Value) -> bool,
    /// Returns how many calls a request has the results of.
    pub results: fn(&Value) -> usize,
    /// Returns the events of the answer: the call, with its number, or that all is done.
    pub events: fn(Option<(usize, &Call)>) -> Vec<Value>,
}

/// How the events of an answer are written.
#[derive(Clone, Copy)]
pub enum Form {
    /// Each with a line that says its type.
    Typed,
    /// Each as it is.
    Data,
    /// Each as it is, and behind them that there are no more.
    DataUntilDone,
}

impl Form {
    /// Returns the text of events.
    fn write(self, events: &[Value]) -> String {
        let mut text = String::new();
        for event in events {
            if matches!(self, Self::Typed) {
                let name = event["type"].as_str().expect("an event has a type");
                text += &format!("event: {name}\n");
            }
            text += &format!("data: {event}\n\n");
        }
        if matches!(self, Self::DataUntilDone) {
            text += "data: [DONE]\n\n";
        }
        text
    }
}

/// Returns whether a request offers tools. What agents ask for on the side has none.
pub fn has_tools(request: &Value) -> bool {
    let tools = request["tools"].as_array();
    tools.is_some_and(|tools| !tools.is_empty())
}

/// A model, which ends when this is dropped.
pub struct Model {
    port: u16,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

/// What the threads of a model share.
struct Shared {
    protocol: &'static Protocol,
    calls: Vec<Call>,
    asked: Mutex<Vec<Value>>,
    over: AtomicBool,
}

impl Model {
    /// Answers who comes to a listener.
    pub fn at(listener: TcpListener, protocol: &'static Protocol, calls: &[Call]) -> Self {
        let port = listener.local_addr().unwrap().port();
        // It is asked to end at times when nobody can reach it: it listens in another network.
        listener.set_nonblocking(true).unwrap();
        let shared = Arc::new(Shared {
            protocol,
            calls: calls.to_vec(),
            asked: Mutex::default(),
            over: AtomicBool::new(false),
        });
        let of_thread = Arc::clone(&shared);
        let thread = thread::spawn(move || listen(&listener, &of_thread));
        Self {
            port,
            shared,
            thread: Some(thread),
        }
    }

    /// Returns the port of 127.0.0.1 on which it listens.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Returns the requests of the conversation itself so far.
    pub fn asked(&self) -> Vec<Value> {
        self.shared.asked.lock().unwrap().clone()
    }
}

impl Drop for Model {
    fn drop(&mut self) {
        self.shared.over.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Gives each client a thread until the model is over.
fn listen(listener: &TcpListener, shared: &Arc<Shared>) {
    while !shared.over.load(Ordering::SeqCst) {
        let Ok((stream, _)) = listener.accept() else {
            thread::sleep(Duration::from_millis(5));
            continue;
        };
        let shared = Arc::clone(shared);
        // A client that goes away, or says what isn't HTTP, gets no answer.
        thread::spawn(move || _ = serve(&stream, &shared));
    }
}

/// Answers one request.
fn serve(mut stream: &TcpStream, shared: &Shared) -> std::io::Result<()> {
    stream.set_nonblocking(false)?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    let mut reader = BufReader::new(stream);
    let (path, body) = request(&mut reader)?;
    let path = path.split('?').next().unwrap_or_default();
    let (kind, answer) = match serde_json::from_slice(&body) {
        Ok(request) if path.ends_with(shared.protocol.path) => answer(shared, request),
        _ => (
            "application/json",
            r#"{"object":"list","data":[],"models":[]}"#.to_owned(),
        ),
    };
    let length = answer.len();
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\
         Connection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(answer.as_bytes())
}

/// Returns the kind and the text of what is answered to a request.
fn answer(shared: &Shared, request: Value) -> (&'static str, String) {
    let protocol = shared.protocol;
    let due = (protocol.results)(&request);
    let is_main = (protocol.is_main)(&request);
    let call = match shared.calls.get(due) {
        Some(call) if is_main => Some((due, call)),
        _ => None,
    };
    let events = protocol.form.write(&(protocol.events)(call));
    if is_main {
        shared.asked.lock().unwrap().push(request);
    }
    ("text/event-stream", events)
}

/// Reads a request; returns its path and its body.
fn request(reader: &mut impl BufRead) -> std::io::Result<(String, Vec<u8>)> {
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut length = 0;
    let mut is_chunked = false;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            break;
        };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().unwrap_or(0),
            "transfer-encoding" => is_chunked = value == "chunked",
            _ => {}
        }
    }
    let mut body = Vec::new();
    if is_chunked {
        read_chunks(reader, &mut body)?;
    } else {
        reader.take(length).read_to_end(&mut body)?;
    }
    Ok((path, body))
}

/// Reads a body whose length nobody knew when it began.
fn read_chunks(reader: &mut impl BufRead, body: &mut Vec<u8>) -> std::io::Result<()> {
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let length = u64::from_str_radix(line.trim_end(), 16).unwrap_or(0);
        reader.by_ref().take(length).read_to_end(body)?;
        reader.read_line(&mut line)?;
        if length == 0 {
            return Ok(());
        }
    }
}
