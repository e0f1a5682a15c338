//! A network in which there is nobody but who a test puts there. Only root may make one.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;

use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

/// Brings up loopback, says so, and waits until its input ends.
const KEEPER: &str = "{ ip link set lo up 2>/dev/null || busybox ip link set lo up; } \
                      && echo up && cat";

/// A network namespace of Linux with loopback alone, which goes when this is dropped.
///
/// A process keeps it: a namespace lasts as long as somebody is in it.
pub struct Network {
    keeper: Child,
    place: PathBuf,
}

impl Network {
    /// Makes a network.
    #[expect(clippy::new_without_default, reason = "a network is nobody's default")]
    pub fn new() -> Self {
        let mut keeper = Command::new("unshare")
            .args(["--net", "sh", "-c", KEEPER])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = keeper.stdout.take().expect("the output is a pipe");
        let mut said = String::new();
        BufReader::new(output).read_line(&mut said).unwrap();
        assert_eq!(said, "up\n", "a network needs root, unshare and ip");
        let place = Path::new("/proc")
            .join(keeper.id().to_string())
            .join("ns/net");
        Self { keeper, place }
    }

    /// Returns a listener on a free port of the network's loopback.
    pub fn listener(&self) -> TcpListener {
        // Only a thread of its own moves into the network; what it opens there stays there.
        let listen = || {
            let network = File::open(&self.place).unwrap();
            let kind = Some(LinkNameSpaceType::Network);
            move_into_link_name_space(network.as_fd(), kind).unwrap();
            TcpListener::bind("127.0.0.1:0").unwrap()
        };
        thread::scope(|scope| scope.spawn(listen).join().unwrap())
    }

    /// Returns a program, about to run in the network.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new("nsenter");
        command
            .arg(format!("--net={}", self.place.display()))
            .args(["--", program]);
        command
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
    }
}
