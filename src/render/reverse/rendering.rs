//! One file of a template, rendered over and over with the repo's answers and with others.

use crate::merge::block;
use crate::model::answers::Answers;
use crate::model::path::RelPath;
use crate::model::source::Source;
use crate::model::tree::File;
use crate::render::jinja::Renderer;

use super::Rendering;
use super::probes;

/// The renderers of a template: with the repo's answers, and with others.
pub struct AnswerRenderers<'a> {
    answered: Renderer<'a>,
    probes: Vec<Renderer<'a>>,
    values: Vec<(String, String)>,
}

impl<'a> AnswerRenderers<'a> {
    /// Returns the renderers of a template in a repo.
    pub fn new(source: &'a Source, answers: &Answers) -> Self {
        let probes = probes::probes(&source.manifest, answers);
        Self {
            answered: Renderer::new(source, answers),
            probes: probes
                .iter()
                .map(|probe| Renderer::new(source, probe))
                .collect(),
            values: probes::values(&source.manifest, answers),
        }
    }

    /// Returns the rendering of one file; of a block as it stands between its markers.
    pub fn file<'s>(&'s self, path: &'s RelPath, is_block: bool) -> FileRendering<'s> {
        FileRendering {
            all: self,
            path,
            is_block,
        }
    }
}

/// The rendering of one file.
pub struct FileRendering<'s> {
    all: &'s AnswerRenderers<'s>,
    path: &'s RelPath,
    is_block: bool,
}

impl FileRendering<'_> {
    fn with(&self, renderer: &Renderer<'_>, source: &str) -> Option<String> {
        let text = renderer.render(self.path, &File::plain(source)).ok()?;
        let text = String::from_utf8(text).ok()?;
        Some(if self.is_block {
            block::whole_lines(&text)
        } else {
            text
        })
    }
}

impl Rendering for FileRendering<'_> {
    fn render(&self, source: &str) -> Option<String> {
        self.with(&self.all.answered, source)
    }

    fn probe(&self, source: &str) -> Vec<Option<String>> {
        self.all
            .probes
            .iter()
            .map(|probe| self.with(probe, source))
            .collect()
    }

    fn values(&self) -> &[(String, String)] {
        &self.all.values
    }
}
