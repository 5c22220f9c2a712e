//! The store on SQL: SQLite now, written so that PostgreSQL runs the same statements.
