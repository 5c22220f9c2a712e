//! A section of the settings: each field has a type and a default, and each fault is kept with its path.

/// Declares a section. `read` takes a table, fills the struct and adds what is wrong to `faults`.
macro_rules! section {
    ($(#[$doc:meta])* $name:ident { $($(#[$fdoc:meta])* $field:ident: $type:ty = $default:expr,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone)]
        pub(crate) struct $name { $($(#[$fdoc])* pub(crate) $field: $type,)* }

        impl Default for $name {
            fn default() -> Self {
                Self { $($field: $default,)* }
            }
        }

        impl $name {
            pub(crate) fn read(
                mut table: ::config::Map<String, ::config::Value>,
                path: &str,
                faults: &mut Vec<String>,
            ) -> Self {
                let mut section = Self::default();
                $(if let Some(value) = table.remove(stringify!($field)) {
                    match value.try_deserialize::<$type>() {
                        Ok(value) => section.$field = value,
                        Err(error) => faults.push(format!("{path}.{}: {error}", stringify!($field))),
                    }
                })*
                let mut unknown: Vec<_> = table.into_keys().collect();
                unknown.sort();
                faults.extend(unknown.into_iter().map(|key| format!("{path}.{key}: there is no such setting")));
                section
            }
        }
    };
}

pub(super) use section;
