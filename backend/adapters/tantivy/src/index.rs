//! The files of the index: opening, checking and writing them.

use std::{collections::HashMap, fs, io, path::Path};

use kith_domain::{
    ConversationId, Seq,
    ports::search::{SearchDocument, SearchMark},
};
use tantivy::{
    DocSet as _, IndexReader, IndexWriter, ReloadPolicy, Searcher, TERMINATED, TantivyError,
    indexer::{IndexWriterOptions, LogMergePolicy},
    schema::IndexRecordOption,
};

use crate::schema::{FORMAT, Fields, VERSION, schema};

/// Memory for documents on their way into a segment.
const WRITER_BYTES: usize = 32 << 20;
/// A segment in which this part is erased is written anew, so that terms of erased messages do not lie on the disk for
/// long.
const ERASED_RATIO: f32 = 0.02;
/// The files a directory of ours always has.
const META: &str = "meta.json";
const MANAGED: &str = ".managed.json";

/// What a search reads.
#[derive(Clone)]
pub(crate) struct View {
    pub(crate) searcher: Searcher,
    pub(crate) fields: Fields,
    pub(crate) mark: Option<SearchMark>,
}

/// The index, open for writing.
pub(crate) struct Index {
    writer: IndexWriter,
    reader: IndexReader,
    fields: Fields,
    mark: Option<SearchMark>,
}

impl Index {
    /// Opens the index in `directory`. One that is not there, not of this format or not whole is made anew, empty.
    pub(crate) fn open(directory: &Path) -> tantivy::Result<Self> {
        match Self::open_whole(directory) {
            Ok(Some(index)) => return Ok(index),
            Ok(None) => {}
            // A full disk, or one that refuses us, says nothing about the index.
            Err(error) if !speaks_of_damage(&error) => return Err(error),
            Err(error) => tracing::warn!(%error, "the search index is damaged and is made anew"),
        }
        Self::create(directory)
    }

    /// An empty index in place of whatever lies in `directory`.
    pub(crate) fn create(directory: &Path) -> tantivy::Result<Self> {
        match fs::remove_dir_all(directory) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
        fs::create_dir_all(directory)?;
        Self::with(tantivy::Index::create_in_dir(directory, schema().0)?, None)
    }

    /// `None` when nothing usable of this format is there.
    fn open_whole(directory: &Path) -> tantivy::Result<Option<Self>> {
        if !directory.join(META).try_exists()? || !directory.join(MANAGED).try_exists()? {
            return Ok(None);
        }
        // Plainly, before anything is mapped into memory: a sector that cannot be read is an error here, and there the
        // end of the process.
        for file in fs::read_dir(directory)? {
            let file = file?;
            if file.file_type()?.is_file() {
                io::copy(&mut fs::File::open(file.path())?, &mut io::sink())?;
            }
        }
        let index = tantivy::Index::open_in_dir(directory)?;
        let mark = index.load_metas()?.payload.as_deref().and_then(|text| SearchMark::decode(text, FORMAT));
        if mark.is_none() || index.schema() != schema().0 {
            return Ok(None);
        }
        if let Some(damaged) = index.validate_checksum()?.into_iter().next() {
            let damaged = format!("{} is not as it was written", damaged.display());
            return Err(TantivyError::InternalError(damaged));
        }
        Self::with(index, mark).map(Some)
    }

    fn with(index: tantivy::Index, mark: Option<SearchMark>) -> tantivy::Result<Self> {
        let options = IndexWriterOptions::builder()
            .num_worker_threads(1)
            .memory_budget_per_thread(WRITER_BYTES)
            .num_merge_threads(1)
            .build();
        let writer: IndexWriter = index.writer_with_options(options)?;
        let mut policy = LogMergePolicy::default();
        policy.set_del_docs_ratio_before_merge(ERASED_RATIO);
        writer.set_merge_policy(Box::new(policy));
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        Ok(Self { writer, reader, fields: schema().1, mark })
    }

    /// What can be read now.
    pub(crate) fn view(&self) -> View {
        View { searcher: self.reader.searcher(), fields: self.fields, mark: self.mark.clone() }
    }

    /// Puts documents and the mark, durably; without one the mark stays.
    pub(crate) fn put(
        &mut self,
        documents: Vec<SearchDocument>,
        mark: Option<SearchMark>,
    ) -> tantivy::Result<()> {
        let mark = mark.or_else(|| self.mark.clone());
        let searcher = self.reader.searcher();
        for document in newest(documents) {
            let stored = self.stored_version(&searcher, document.conversation_id, document.seq)?;
            if stored.is_some_and(|version| version >= document.version) {
                continue;
            }
            if stored.is_some() {
                self.writer.delete_term(self.fields.key_term(document.conversation_id, document.seq));
            }
            self.writer.add_document(self.fields.document(&document))?;
        }
        let mut prepared = self.writer.prepare_commit()?;
        if let Some(mark) = &mark {
            prepared.set_payload(&mark.encode(FORMAT));
        }
        prepared.commit()?;
        self.reader.reload()?;
        self.mark = mark;
        Ok(())
    }

    fn stored_version(
        &self,
        searcher: &Searcher,
        conversation: ConversationId,
        seq: Seq,
    ) -> tantivy::Result<Option<Seq>> {
        let term = self.fields.key_term(conversation, seq);
        for segment in searcher.segment_readers() {
            let inverted = segment.inverted_index(self.fields.key)?;
            let Some(mut found) = inverted.read_postings(&term, IndexRecordOption::Basic)? else { continue };
            while found.doc() != TERMINATED {
                if segment.alive_bitset().is_none_or(|alive| alive.is_alive(found.doc())) {
                    return Ok(segment.fast_fields().u64(VERSION)?.first(found.doc()));
                }
                found.advance();
            }
        }
        Ok(None)
    }

    /// Lets merges finish.
    pub(crate) fn close(self) {
        if let Err(error) = self.writer.wait_merging_threads() {
            tracing::warn!(%error, "the search index did not close well");
        }
    }
}

/// The document of each message that counts, in the order they came.
fn newest(documents: Vec<SearchDocument>) -> Vec<SearchDocument> {
    let mut places: HashMap<(ConversationId, Seq), usize> = HashMap::with_capacity(documents.len());
    let mut newest: Vec<SearchDocument> = Vec::with_capacity(documents.len());
    for document in documents {
        match places.get(&(document.conversation_id, document.seq)) {
            Some(&place) if newest[place].version < document.version => newest[place] = document,
            Some(_) => {}
            None => {
                places.insert((document.conversation_id, document.seq), newest.len());
                newest.push(document);
            }
        }
    }
    newest
}

fn speaks_of_damage(error: &TantivyError) -> bool {
    let cause = match error {
        TantivyError::IoError(error) => Some(error.kind()),
        TantivyError::LockFailure(..) => return false,
        _ => None,
    };
    !matches!(
        cause,
        Some(
            io::ErrorKind::StorageFull
                | io::ErrorKind::PermissionDenied
                | io::ErrorKind::QuotaExceeded
                | io::ErrorKind::ReadOnlyFilesystem
        )
    )
}
