//! A web server on loopback that serves a folder, writes down what it is asked, and can be as wrong
//! as servers, and what stands before them, are.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// What is wrong with an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing.
    None,
    /// Another file of the folder is sent.
    Swap(&'static str),
    /// Only the first bytes are sent, with a length that fits.
    Truncate(usize),
    /// Only the first bytes are sent of the length that was told; the connection ends.
    CutShort(usize),
    /// As [`CutShort`](Self::CutShort), and the connection is reset.
    Reset(usize),
    /// Bytes follow, with a length that fits.
    Append(&'static str),
    /// The length that is told is larger than a file may be.
    Huge,
    /// So much is sent, without a length.
    Endless(usize),
    /// A byte at a time, with this pause.
    Drip(Duration),
    /// A byte of the head at a time, with this pause.
    DripHead(Duration),
    /// Nothing is answered at all.
    Silent,
    /// Another status, with a page for people.
    Status(u16),
    /// 200 with a page for people.
    Page,
    /// It sends to itself.
    Loop,
    /// It sends to another place, with the path behind it.
    Elsewhere(String),
    /// It says that it is compressed.
    Encoded(&'static str),
    /// It is no HTTP.
    Nonsense,
}

/// What was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The path, with a slash before it.
    pub path: String,
    /// The headers, their names in small letters.
    pub headers: Vec<(String, String)>,
    /// What was answered.
    pub status: u16,
}

impl Request {
    /// Returns a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let found = headers.find(|(other, _)| other == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// What the threads of a server share.
struct Shared {
    folder: PathBuf,
    fault: Mutex<(Fault, &'static str, usize)>,
    wants: Mutex<Option<String>>,
    asked: Mutex<Vec<Request>>,
    over: AtomicBool,
}

/// A server, which ends when this is dropped.
pub struct Server {
    port: u16,
    shared: Arc<Shared>,
}

impl Server {
    /// Serves a folder.
    pub fn of(folder: &Path) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared {
            folder: folder.to_path_buf(),
            fault: Mutex::new((Fault::None, "", usize::MAX)),
            wants: Mutex::default(),
            asked: Mutex::default(),
            over: AtomicBool::new(false),
        });
        let of_threads = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming() {
                if of_threads.over.load(Ordering::SeqCst) {
                    return;
                }
                let shared = Arc::clone(&of_threads);
                thread::spawn(move || _ = serve(stream.unwrap(), &shared));
            }
        });
        Self { port, shared }
    }

    /// Returns the address of the folder.
    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}/", self.port)
    }

    /// Returns the host and the port.
    pub fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// From now on, answers about paths that have `part` are wrong.
    pub fn is_wrong(&self, fault: Fault, part: &'static str) {
        self.is_wrong_at_first(fault, part, usize::MAX);
    }

    /// The next `times` answers about paths that have `part` are wrong.
    pub fn is_wrong_at_first(&self, fault: Fault, part: &'static str, times: usize) {
        *self.shared.fault.lock().unwrap() = (fault, part, times);
    }

    /// From now on, it answers only who sends this with `Authorization`.
    pub fn wants(&self, authorization: &str) {
        *self.shared.wants.lock().unwrap() = Some(authorization.to_owned());
    }

    /// Returns what was asked since this was asked last.
    pub fn asked(&self) -> Vec<Request> {
        std::mem::take(&mut self.shared.asked.lock().unwrap())
    }

    /// Returns the paths that were asked for since this was asked last, sorted.
    pub fn paths(&self) -> Vec<String> {
        let mut paths: Vec<String> = self.asked().into_iter().map(|one| one.path).collect();
        paths.sort();
        paths
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.over.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

/// Answers what one client asks.
fn serve(stream: TcpStream, shared: &Shared) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream.try_clone()?);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
        let mut headers = Vec::new();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line)?;
            let Some((name, value)) = line.trim_end().split_once(": ") else {
                break;
            };
            headers.push((name.to_ascii_lowercase(), value.to_owned()));
        }
        let mut request = Request {
            path,
            headers,
            status: 0,
        };
        let goes_on = answer(&stream, shared, &mut request);
        shared.asked.lock().unwrap().push(request);
        if !goes_on? {
            return Ok(());
        }
    }
}

/// Answers once; returns whether the connection stays.
fn answer(mut stream: &TcpStream, shared: &Shared, request: &mut Request) -> std::io::Result<bool> {
    let fault = fault_of(shared, &request.path);
    let wanted = shared.wants.lock().unwrap().clone();
    if wanted.is_some() && request.header("authorization") != wanted.as_deref() {
        return plainly(stream, request, 401, "");
    }
    let place = shared.folder.join(match fault {
        Fault::Swap(other) => other,
        _ => request.path.trim_start_matches('/'),
    });
    let bytes = fs::read(&place);
    let page = "<!doctype html><title>Sign in</title>\n";
    match &fault {
        Fault::Silent => {
            thread::sleep(Duration::from_secs(20));
            return Ok(false);
        }
        Fault::Nonsense => {
            stream.write_all(b"\x16\x03\x01 this is no HTTP\r\n\r\n")?;
            return Ok(false);
        }
        Fault::Status(status) => return plainly(stream, request, *status, page),
        Fault::Page => return plainly(stream, request, 200, page),
        Fault::Loop => return send_to(stream, request, request.path.clone()),
        Fault::Elsewhere(place) => {
            let place = format!("{place}{}", request.path);
            return send_to(stream, request, place);
        }
        _ => {}
    }
    let Ok(mut bytes) = bytes else {
        return plainly(stream, request, 404, "there is nothing\n");
    };
    let tags = tags(&place, bytes.len());
    let is_same = request
        .header("if-none-match")
        .is_some_and(|tag| tags.contains(tag));
    if is_same && fault == Fault::None {
        request.status = 304;
        stream.write_all(format!("HTTP/1.1 304 Not Modified\r\n{tags}\r\n").as_bytes())?;
        return Ok(true);
    }
    let whole = bytes.len();
    match &fault {
        Fault::Truncate(length) => bytes.truncate(*length),
        Fault::Append(more) => bytes.extend(more.as_bytes()),
        _ => {}
    }
    let length = match &fault {
        Fault::CutShort(length) | Fault::Reset(length) => {
            bytes.truncate(*length);
            format!("Content-Length: {whole}\r\n")
        }
        Fault::Huge => format!("Content-Length: {}\r\n", 1_u64 << 40),
        Fault::Endless(_) => "Connection: close\r\n".to_owned(),
        Fault::Encoded(name) => {
            format!(
                "Content-Length: {}\r\nContent-Encoding: {name}\r\n",
                bytes.len()
            )
        }
        _ => format!("Content-Length: {}\r\n", bytes.len()),
    };
    request.status = 200;
    let head = format!("HTTP/1.1 200 OK\r\n{length}{tags}\r\n");
    match fault {
        Fault::DripHead(pause) => drip(stream, head.as_bytes(), pause)?,
        _ => stream.write_all(head.as_bytes())?,
    }
    match fault {
        Fault::Drip(pause) => drip(stream, &bytes, pause)?,
        Fault::Endless(most) => {
            let block = [b' '; 1 << 16];
            for _ in 0..most / block.len() {
                stream.write_all(&block)?;
            }
        }
        _ => stream.write_all(&bytes)?,
    }
    if let Fault::Reset(_) = fault {
        // Closing with a byte unread, or with this, resets.
        rustix::net::sockopt::set_socket_linger(stream, Some(Duration::ZERO))?;
    }
    Ok(!matches!(
        fault,
        Fault::CutShort(_) | Fault::Reset(_) | Fault::Endless(_) | Fault::Huge
    ))
}

/// Returns what is wrong with the answer about a path.
fn fault_of(shared: &Shared, path: &str) -> Fault {
    let mut fault = shared.fault.lock().unwrap();
    let (what, part, times) = &mut *fault;
    if !path.contains(*part) || *times == 0 {
        return Fault::None;
    }
    *times -= 1;
    what.clone()
}

fn plainly(
    mut stream: &TcpStream,
    request: &mut Request,
    status: u16,
    body: &str,
) -> std::io::Result<bool> {
    request.status = status;
    let length = body.len();
    let asks = match status {
        401 => "WWW-Authenticate: Basic realm=\"x\"\r\n",
        _ => "",
    };
    stream.write_all(
        format!("HTTP/1.1 {status} X\r\nContent-Length: {length}\r\n{asks}\r\n{body}").as_bytes(),
    )?;
    Ok(true)
}

fn send_to(mut stream: &TcpStream, request: &mut Request, place: String) -> std::io::Result<bool> {
    request.status = 302;
    let head = format!("HTTP/1.1 302 Found\r\nLocation: {place}\r\nContent-Length: 0\r\n\r\n");
    stream.write_all(head.as_bytes())?;
    Ok(true)
}

fn drip(mut stream: &TcpStream, bytes: &[u8], pause: Duration) -> std::io::Result<()> {
    for byte in bytes {
        stream.write_all(&[*byte])?;
        thread::sleep(pause);
    }
    Ok(())
}

/// Returns the headers by which a file is told from another, as nginx has them: the second in which
/// it was changed, and its size.
fn tags(place: &Path, length: usize) -> String {
    let changed = fs::metadata(place).and_then(|about| about.modified());
    let changed = changed.unwrap_or(UNIX_EPOCH);
    let seconds = changed.duration_since(UNIX_EPOCH).unwrap().as_secs();
    format!(
        "ETag: \"{seconds:x}-{length:x}\"\r\nLast-Modified: {}\r\nDate: {}\r\n",
        httpdate::fmt_http_date(changed),
        httpdate::fmt_http_date(SystemTime::now())
    )
}
