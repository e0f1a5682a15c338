//! How large a release may be: enough for any template, too little for an attack.

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

/// The archive, as it travels.
pub const PACKED: usize = 32 * MIB;
/// All that it unpacks to, headers and padding included.
pub const UNPACKED: usize = 128 * MIB;
/// One file.
pub const FILE: usize = 4 * MIB;
/// Files and folders.
pub const ENTRIES: usize = 5_000;
/// The components of a path.
pub const DEPTH: usize = 16;
/// The bytes of a path.
pub const PATH: usize = 240;
/// What an archive may unpack to, as a multiple of its size.
pub const RATIO: usize = 50;
/// What an archive may unpack to whatever its size: tar pads each file to whole records of zeros,
/// so a template of a few small files compresses far beyond [`RATIO`] and harms nobody.
pub const RATIO_FLOOR: usize = MIB;

/// Returns how many bytes an archive of `packed` bytes may unpack to.
pub fn unpacked(packed: usize) -> usize {
    packed.saturating_mul(RATIO).clamp(RATIO_FLOOR, UNPACKED)
}

/// Returns "4 MiB" or "12 bytes".
pub fn size(bytes: usize) -> String {
    match bytes {
        bytes if bytes >= MIB && bytes % MIB == 0 => format!("{} MiB", bytes / MIB),
        bytes => format!("{bytes} bytes"),
    }
}
