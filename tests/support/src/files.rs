//! Files with the folders above them.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

/// Writes a file and makes the folders above it.
#[track_caller]
pub fn write(path: &Path, bytes: impl AsRef<[u8]>) {
    fs::create_dir_all(path.parent().expect("a file is in a folder")).unwrap();
    fs::write(path, bytes).unwrap();
}

/// Writes a file, which may be executed if it is called `.sh`.
#[track_caller]
pub fn write_by_name(path: &Path, bytes: impl AsRef<[u8]>) {
    write(path, bytes);
    if path.extension().is_some_and(|extension| extension == "sh") {
        chmod(path, 0o755);
    }
}

/// Writes a file that may be executed.
#[track_caller]
pub fn executable(path: &Path, bytes: impl AsRef<[u8]>) {
    write(path, bytes);
    chmod(path, 0o755);
}

/// Gives a file or a folder a mode.
#[track_caller]
pub fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}
