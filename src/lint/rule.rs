//! All rules: what each is called, how bad it is, and what it says in a line. `docs/lint.md` has a
//! section for each.

use crate::model::finding::Severity;

/// How bad a rule's findings are, by what is looked at.
#[derive(Clone, Copy)]
enum Level {
    Error,
    Warning,
    /// An agent takes it nevertheless: refused where it is published, lenient where it is used.
    ErrorInTemplates,
}

macro_rules! rules {
    ($($rule:ident $id:literal $level:ident $summary:literal)*) => {
        /// What `lint` looks for.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum LintRule {
            $(#[doc = $summary] $rule,)*
        }

        impl LintRule {
            /// All rules, in the order of the documentation.
            pub const ALL: &[Self] = &[$(Self::$rule),*];

            /// Returns its name in reports and in the documentation.
            pub fn id(self) -> &'static str {
                match self { $(Self::$rule => $id,)* }
            }

            /// Returns what it says, in a sentence.
            pub fn summary(self) -> &'static str {
                match self { $(Self::$rule => $summary,)* }
            }

            fn level(self) -> Level {
                match self { $(Self::$rule => Level::$level,)* }
            }
        }
    };
}

rules! {
    SettingsInvalid "settings-invalid" Error
        "Settings have to be of the format and the shapes that the agent reads."
    SettingsSkipped "settings-skipped" Warning
        "A value that the agent can't read is left out, and the rest stays."
    SettingsUnknown "settings-unknown" Warning
        "A key or a value should be one that the schema of the agent's settings knows."
    HookUnknownEvent "hook-unknown-event" Error "A hook has to be below an event that exists."
    HookPhantomVariable "hook-phantom-variable" Error
        "A hook's input comes on standard input, not in variables."
    HookTimeoutMilliseconds "hook-timeout-milliseconds" Error "A hook's timeout is in seconds."
    HookNoTimeout "hook-no-timeout" Warning "A hook should say when the agent gives up on it."
    HookUnknownKey "hook-unknown-key" Warning "A key that the agent doesn't know has no effect."
    HookRelativePath "hook-relative-path" Warning
        "A script's path should not depend on the working directory."
    HookUnquotedProjectDir "hook-unquoted-project-dir" Warning
        "The project's folder may have a space in its name."
    HookScriptMissing "hook-script-missing" Error "A hook's script has to be there."
    HookScriptNotExecutable "hook-script-not-executable" Error
        "A script that is run by its path has to be executable."
    HookScriptDead "hook-script-dead" Error "A hook's script has to be one that can run."
    HookExitOne "hook-exit-1" Warning "Exit code 1 doesn't block; 2 does."
    HookStopLoop "hook-stop-loop" Warning
        "A hook that keeps the agent going should look whether it already did."
    HookMatcherIgnored "hook-matcher-ignored" Warning "Some events take no matcher."
    HookMatcherInvalid "hook-matcher-invalid" Error
        "A matcher is a list of names or a regular expression over them."
    HookRunTwice "hook-run-twice" Warning "A hook should run once, whichever agent runs it."
    TextEncoding "text-encoding" Error "A text for agents has to be UTF-8."
    HiddenUnicode "hidden-unicode" Error "Text should say to an agent what a person sees in it."
    Secret "secret" Error "A credential should not be in a file that is shared."
    SecretLikely "secret-likely" Warning
        "A value that looks like a password should not be in a file that is shared."
    ConflictMarker "conflict-marker" Error "A merge has to be finished."
    RuleFrontmatter "rule-frontmatter" Error
        "A rule's header has to be YAML, and `paths` its globs."
    RuleNotRead "rule-not-read" Error
        "A rule has to be in a file that its agent reads."
    RuleNotApplied "rule-not-applied" Warning
        "A rule of Copilot should say which files it applies to."
    AgentFrontmatter "agent-frontmatter" Error
        "An agent needs a header with a name and a description."
    SkillFrontmatter "skill-frontmatter" ErrorInTemplates
        "A skill needs a header with a name and a description."
    SkillName "skill-name" ErrorInTemplates
        "A skill's name is that of its folder, in lower case with hyphens."
    SkillDescriptionTooLong "skill-description-too-long" ErrorInTemplates
        "A skill's description has at most 1,024 characters."
    SkillDiffers "skill-differs" Warning
        "A skill should say the same wherever it lies."
    SkillUnknownField "skill-unknown-field" Warning "A field that no agent knows has no effect."
    LinkMissing "link-missing" Warning "A link should lead to a file that is there."
    ImportInert "import-inert" Warning "An import ends with its file's name."
    RuleTooLong "rule-too-long" Warning "What is always loaded should have at most 200 lines."
    InstructionsCut "instructions-cut" Warning
        "Codex reads at most 32 KiB of root instructions, and cuts the rest off."
    TemplateManifest "template-manifest" Error "A template has to be one that `publish` takes."
    TemplateChangelog "template-changelog" Error "A changelog needs a section for the version."
    TemplateQuestion "template-question" Warning "A question should be one whose answer is used."
    TemplateAccepted "template-accepted" Error
        "What lies in `accepted/` has to be the record of a proposal."
}

impl LintRule {
    /// Returns how bad it is in a template, or in a repository.
    pub fn severity(self, in_template: bool) -> Severity {
        match self.level() {
            Level::Error => Severity::Error,
            Level::Warning => Severity::Warning,
            Level::ErrorInTemplates if in_template => Severity::Error,
            Level::ErrorInTemplates => Severity::Warning,
        }
    }
}
