//! Names of attributes and events that were pushed or agreed to.

use super::Store;
use crate::ledger::LedgerError;

impl Store {
    /// Names of attributes and events that were agreed to.
    pub(in crate::ledger) fn names(&self) -> Result<Vec<String>, LedgerError> {
        self.list("SELECT name FROM names", [], |row| row.get(0))
    }

    pub(in crate::ledger) fn add_names(&mut self, names: &[&str]) -> Result<(), LedgerError> {
        self.transact(|transaction| {
            let mut insert = transaction.prepare("INSERT OR IGNORE INTO names VALUES (?1)")?;
            for name in names {
                insert.execute([name])?;
            }
            Ok(())
        })
    }
}
