//! The number of the renderer.

/// The number of this renderer: it rises whenever rendering, adapting or composing gives other
/// bytes for the same input.
///
/// | number | what it does otherwise |
/// |---|---|
/// | 2 | rules of Claude Code say that Copilot, which has its own, is to leave them out |
/// | 3 | hooks are run by the hook runner, under every agent that has hooks |
pub const RENDERER: u32 = 3;

/// The first renderer whose hooks the hook runner runs. Those before it have hooks of Claude Code
/// alone, whose entries name scripts themselves.
pub const RUNS_HOOKS: u32 = 3;

/// The first renderer that marks the rules of Claude Code.
pub const MARKS_RULES: u32 = 2;

/// The renderer that adds nothing to a file of a template which an agent reads as it is.
pub const AS_IN_SOURCE: u32 = 1;

/// Returns whether this agentpkg can render as the renderer of this number did.
pub fn is_known(renderer: u32) -> bool {
    (1..=RENDERER).contains(&renderer)
}
