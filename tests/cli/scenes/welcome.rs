//! A bare `agentpkg`, help and completions.

use snapbox::str;
use support::Scene;

use super::templates::{REVIEWER, guards, reviewer};

#[test]
fn a_bare_command_says_what_the_starter_templates_are() {
    Scene::new().run("agentpkg").prints(str![[r#"
no template is installed here
  registry    embedded: agentpkg's own starter templates; `--registry DIR` names your own
  recommends  org-baseline 1.6.0: Rules, guards and permissions that every repository starts from

  next        agentpkg install org-baseline
  all         agentpkg --help

"#]]);
}

#[test]
fn a_bare_command_recommends_what_the_registry_recommends() {
    guards().run("agentpkg").prints(str![[r#"
no template is installed here
  registry    [SCENE]/registry, named by `AGENTPKG_REGISTRY`
  recommends  guards 1.0.0: What guards is for

  next        agentpkg install guards
  all         agentpkg --help

"#]]);
}

#[test]
fn a_bare_command_in_a_registry_that_recommends_nothing_leads_to_search() {
    reviewer().run("agentpkg").prints(str![[r#"
no template is installed here
  registry    [SCENE]/registry, named by `AGENTPKG_REGISTRY`

  next        agentpkg search
  all         agentpkg --help

"#]]);
}

#[test]
fn a_bare_command_tells_what_is_installed_and_what_is_recommended_besides() {
    let scene = guards()
        .published("reviewer", "1.0.0", REVIEWER)
        .installed("reviewer");
    scene.run("agentpkg").prints(str![[r#"
1 template installed here
  installed   reviewer 1.0.0 (latest)
  registry    [SCENE]/registry
  recommends  guards 1.0.0: What guards is for

  next        agentpkg status
  add         agentpkg install guards
  all         agentpkg --help

"#]]);
    let scene = scene.installed("guards");
    scene
        .run("mkdir -p src && cd src && agentpkg")
        .prints(str![[r#"
2 templates installed here
  in          [SCENE]/repo, the nearest with an `agentpkg.toml`
  installed   guards 1.0.0 (latest), reviewer 1.0.0 (latest)
  registry    [SCENE]/registry

  next        agentpkg status
  all         agentpkg --help

"#]]);
}

#[test]
fn a_bare_command_tells_what_is_wanted_and_not_installed() {
    let scene = reviewer().edited("agentpkg.toml", "[templates]\nreviewer = \"^1\"\n");
    scene.run("agentpkg").prints(str![[r#"
1 template wanted by `agentpkg.toml`, and not installed
  registry    [SCENE]/registry, named by `AGENTPKG_REGISTRY`

  next        agentpkg install
  all         agentpkg --help

"#]]);
}

#[test]
fn a_bare_command_works_where_the_registry_does_not() {
    Scene::new()
        .run("AGENTPKG_REGISTRY=../nowhere agentpkg")
        .prints(str![[r#"
no template is installed here
  registry    ../nowhere, named by `AGENTPKG_REGISTRY`
  problem     there is no registry at `../nowhere`: it has no `registry.json`

  next        agentpkg search --registry DIR
  all         agentpkg --help

"#]]);
}

#[test]
fn a_configuration_file_names_the_registry_of_a_person() {
    let scene = reviewer().edited(
        "../home/config/agentpkg/config.toml",
        "[registries.default]\nurl = \"../../../registry\"\n",
    );
    scene
        .run("AGENTPKG_REGISTRY= agentpkg search")
        .prints(str![[r#"
  registry    ../../../registry, named by
              `[SCENE]/home/config/agentpkg/config.toml`
reviewer 1.0.0  What reviewer is for

  more        agentpkg info reviewer
  add         agentpkg install reviewer

"#]]);
}

#[test]
fn help_is_short_and_full_of_examples() {
    let scene = Scene::new();
    scene.run("agentpkg --help").prints(str![[r#"
Versioned configuration for coding agents: publish, install, upgrade by three-way merge

Usage: agentpkg [OPTIONS] [COMMAND]

Start:
  install      Add templates, or restore what the lock file lists
  search       Search the registries
  info         Show a template, or which template a file, an entry or a line comes from

Every day:
  status       Show what is installed, edited and out of date
  diff         Show your edits
  upgrade      Move to newer versions, keeping your edits
  resolve      Settle conflicts
  contribute   Send your edits back to the template
  undo         Take back the last command
  remove       Remove templates

Check:
  check        Check the repository against its lock file (offline, for CI)
  lint         Find mistakes in agent files
  audit        List what can run; fail on what is unapproved, recalled, or edited since approval
  doctor       Tell whether each agent runs the installed hooks

Publish:
  new          Create a template
  test         Run a template's tests
  publish      Publish a version
  yank         Withdraw a version, or name what takes the place of a template
  proposals    Review and apply edits that teams sent

Options:
      --repo <DIR>    The repository's folder [default: the nearest with an agentpkg.toml, else
                      git's, else this one]
  -q, --quiet         Say only what went wrong
  -v, --verbose       Name every file
      --offline       Ask no other machine: use what was read before
      --color <WHEN>  When to use colour: auto (on a terminal, unless NO_COLOR is set), always or
                      never [default: auto]
  -h, --help          Print help
  -V, --version       Print version

Examples:
  agentpkg                         where this repository stands, and the next command
  agentpkg lint                    find mistakes in its agent files, whoever wrote them
  agentpkg install org-baseline    add a template
  agentpkg upgrade                 take the newest versions, and keep your edits

`agentpkg help COMMAND` says more of a command, and `agentpkg help --all` lists them all.

"#]]);
    scene.run("agentpkg install --help").prints(str![[r#"
Add templates, or restore what the lock file lists

Usage: agentpkg install [OPTIONS] [NAME[@REQ]]...

Arguments:
  [NAME[@REQ]]...  Templates, with a version or a requirement if not the newest will do

Options:
      --agent <AGENT>            Write for one more agent: claude, codex, cursor, copilot, gemini or
                                 opencode
      --set <KEY=VALUE>          Answer a template's question
      --approve <CODE>           Approve what can run, by the code that was shown with it
      --locked                   Refuse to change agentpkg.lock
      --report <FILE.md>         Write what was done, or what has to be approved first with all its
                                 text, to a file
      --dry-run                  Show what would change, and change nothing
      --unsigned                 Allow a web registry that isn't signed; agentpkg.toml will say so
      --insecure                 Allow plain HTTP to another machine, which anybody on the network
                                 can change; agentpkg.toml will say so
      --registry <ADDRESS|NAME>  The registry: a folder, a git repository, a web server, `embedded`,
                                 or a name in agentpkg.toml [default: agentpkg.toml,
                                 AGENTPKG_REGISTRY, the configuration]
      --repo <DIR>               The repository's folder [default: the nearest with an
                                 agentpkg.toml, else git's, else this one]
  -q, --quiet                    Say only what went wrong
  -v, --verbose                  Name every file
      --offline                  Ask no other machine: use what was read before
      --color <WHEN>             When to use colour: auto (on a terminal, unless NO_COLOR is set),
                                 always or never [default: auto]
  -h, --help                     Print help

Examples:
  agentpkg install org-baseline                      the newest release
  agentpkg install org-baseline@1.0.0                exactly this one; v1.0.0 is the same
  agentpkg install org-baseline@latest               the newest, whatever agentpkg.toml says
  agentpkg install org-baseline --set team=payments  answer a question beforehand
  agentpkg install guards --registry ../lab          from a second registry, which agentpkg.toml
                                                     then names
  agentpkg install                                   restore what a fresh clone lacks; after an edit
                                                     of agentpkg.toml, bring it about
  agentpkg install --agent cursor                    write for Cursor, too
  agentpkg install --locked                          the same in CI, where the lock may not change

What can run is shown, and you are asked. Where nobody can be asked, the exit code is 2 and the last
line is the command that approves exactly that; --report FILE.md, or -v, shows its text.
AGENTPKG_TRUST=ADDRESS trusts a registry.

"#]]);
    scene.run("agentpkg --version").prints(str![[r#"
agentpkg 0.1.0

"#]]);
}

#[test]
fn hidden_commands_are_listed_where_all_are_asked_for() {
    let scene = Scene::new();
    scene.run("agentpkg help --all").prints(str![[r#"
Versioned configuration for coding agents: publish, install, upgrade by three-way merge

Usage: agentpkg [OPTIONS] [COMMAND]

Start:
  install      Add templates, or restore what the lock file lists
  search       Search the registries
  info         Show a template, or which template a file, an entry or a line comes from

Every day:
  status       Show what is installed, edited and out of date
  diff         Show your edits
  upgrade      Move to newer versions, keeping your edits
  resolve      Settle conflicts
  contribute   Send your edits back to the template
  undo         Take back the last command
  remove       Remove templates

Check:
  check        Check the repository against its lock file (offline, for CI)
  lint         Find mistakes in agent files
  audit        List what can run; fail on what is unapproved, recalled, or edited since approval
  doctor       Tell whether each agent runs the installed hooks

Publish:
  new          Create a template
  test         Run a template's tests
  publish      Publish a version
  yank         Withdraw a version, or name what takes the place of a template
  proposals    Review and apply edits that teams sent

Also:
  eject        The earlier name of `remove --keep-files`
  merge-file   Merge three versions of a file; also as git's merge driver
  cache        Show or clear what is kept of registries on other machines
  completions  Print the completions of a shell
  man          Write the manual pages: one for the program, and one for each command
  help         Show help

Options:
      --repo <DIR>    The repository's folder [default: the nearest with an agentpkg.toml, else
                      git's, else this one]
  -q, --quiet         Say only what went wrong
  -v, --verbose       Name every file
      --offline       Ask no other machine: use what was read before
      --color <WHEN>  When to use colour: auto (on a terminal, unless NO_COLOR is set), always or
                      never [default: auto]
  -h, --help          Print help
  -V, --version       Print version

Examples:
  agentpkg                         where this repository stands, and the next command
  agentpkg lint                    find mistakes in its agent files, whoever wrote them
  agentpkg install org-baseline    add a template
  agentpkg upgrade                 take the newest versions, and keep your edits

`agentpkg help COMMAND` says more of a command, and `agentpkg help --all` lists them all.

"#]]);
    scene.run("agentpkg help cache").prints(str![[r#"
Show or clear what is kept of registries on other machines

Usage: agentpkg cache [OPTIONS]

Options:
      --clear         Throw it away
      --repo <DIR>    The repository's folder [default: the nearest with an agentpkg.toml, else
                      git's, else this one]
  -q, --quiet         Say only what went wrong
  -v, --verbose       Name every file
      --offline       Ask no other machine: use what was read before
      --color <WHEN>  When to use colour: auto (on a terminal, unless NO_COLOR is set), always or
                      never [default: auto]
  -h, --help          Print help

"#]]);
    scene
        .run("agentpkg help proposals show | head -3")
        .prints(str![[r#"
Show who offers what, what it lets run, whether it merges, and which version is next

Usage: agentpkg proposals show [OPTIONS] <FILE>...

"#]]);
    scene.run("agentpkg help nothing").prints(str![[r#"
(standard error)
error: there is no command `nothing`
hint: agentpkg --help
(exit code 2)

"#]]);
}

#[test]
fn old_names_of_commands_are_understood() {
    let scene = reviewer();
    for (old, verb) in [
        ("add", "install"),
        ("update", "upgrade"),
        ("uninstall", "remove"),
        ("list", "status"),
        ("outdated", "status"),
        ("capabilities", "audit"),
    ] {
        let help = scene.run(&format!("agentpkg {old} --help")).stdout();
        assert!(help.contains(&format!("Usage: agentpkg {verb}")), "{help}");
    }
}

#[test]
fn quiet_says_only_what_went_wrong() {
    let scene = reviewer();
    scene
        .run("agentpkg install reviewer --quiet")
        .prints(str![]);
    scene
        .run("agentpkg install nothing --quiet")
        .prints(str![[r#"
(standard error)
error: no template named `nothing` in `[SCENE]/registry`
hint: list the templates there are: agentpkg search
(exit code 2)

"#]]);
}

#[test]
fn completions_are_written_for_every_shell() {
    let scene = Scene::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = scene.run(&format!("agentpkg completions {shell}")).stdout();
        for verb in [
            "install",
            "undo",
            "status",
            "diff",
            "check",
            "search",
            "info",
            "publish",
            "yank",
            "proposals",
        ] {
            assert!(script.contains(verb), "{shell} completes no `{verb}`");
        }
    }
    scene
        .run("agentpkg completions bash > script && bash -n script")
        .prints(str![]);
}

#[test]
fn a_word_that_is_no_command_is_answered_with_the_nearest() {
    let scene = Scene::new();
    scene.run("agentpkg instal reviewer").prints(str![[r#"
(standard error)
error: unrecognized subcommand 'instal'

  tip: some similar subcommands exist: 'list', 'lint', 'uninstall', 'install'

Usage: agentpkg [OPTIONS] [COMMAND]

For more information, try '--help'.
(exit code 2)

"#]]);
    scene.run("agentpkg install --dryrun").prints(str![[r#"
(standard error)
error: unexpected argument '--dryrun' found

  tip: a similar argument exists: '--dry-run'

Usage: agentpkg install --dry-run [NAME[@REQ]]...

For more information, try '--help'.
(exit code 2)

"#]]);
}
