//! The second look: a value is turned into a type, and whatever goes wrong is told with the path of its field.

use std::fmt;

use serde::{
    Deserializer,
    de::{self, DeserializeSeed, EnumAccess, IntoDeserializer, MapAccess, SeqAccess, VariantAccess, Visitor},
    forward_to_deserialize_any,
};
use serde_json::{Number, Value};

use kith_domain::{FieldError, Refusal};

use crate::problem::Problem;

/// What does not fit, and where.
#[derive(Debug)]
pub(super) struct Fault {
    path: Vec<String>,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Unknown,
    Missing,
    Type(String),
    Value(String),
}

impl Fault {
    fn new(kind: Kind) -> Self {
        Self { path: Vec::new(), kind }
    }
    /// Told from inside out: the innermost segment comes first.
    fn under(mut self, segment: impl Into<String>) -> Self {
        self.path.push(segment.into());
        self
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Unknown => f.write_str("unknown field"),
            Kind::Missing => f.write_str("missing"),
            Kind::Type(detail) | Kind::Value(detail) => f.write_str(detail),
        }
    }
}

impl std::error::Error for Fault {}

impl de::Error for Fault {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(Kind::Value(message.to_string()))
    }
    fn unknown_field(field: &str, _expected: &'static [&'static str]) -> Self {
        Self::new(Kind::Unknown).under(field)
    }
    fn missing_field(field: &'static str) -> Self {
        Self::new(Kind::Missing).under(field)
    }
    fn invalid_type(_unexpected: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::new(Kind::Type(format!("expected {expected}")))
    }
    fn invalid_value(_unexpected: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::new(Kind::Value(format!("expected {expected}")))
    }
    fn unknown_variant(_variant: &str, expected: &'static [&'static str]) -> Self {
        Self::new(Kind::Value(format!("expected one of {}", expected.join(", "))))
    }
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        let field = fault.path.iter().rev().map(String::as_str).collect::<Vec<_>>().join(".");
        let error = |code, detail: String| Refusal::from(FieldError::new(field.clone(), code, detail));
        match fault.kind {
            Kind::Unknown => Refusal::UnknownField(field),
            Kind::Missing => error("required", "this field is needed".to_owned()),
            Kind::Type(detail) => error("wrong_type", detail),
            Kind::Value(detail) => error("invalid", detail),
        }
        .into()
    }
}

/// A value on its way into a type.
pub(super) struct Node {
    value: Value,
    /// Scalars are texts, as in a query string.
    text: bool,
}

impl Node {
    pub(super) fn typed(value: Value) -> Self {
        Self { value, text: false }
    }
    pub(super) fn text(value: Value) -> Self {
        Self { value, text: true }
    }

    /// Parses a query's text as the number or boolean that the type asks for.
    fn scalar(self) -> Value {
        match self.value {
            Value::String(text) if self.text => match text.as_str() {
                "true" => Value::Bool(true),
                "false" => Value::Bool(false),
                // Only what JSON would call an integer: no plus sign, no leading zeros, no blanks.
                digits if digits.parse::<i64>().is_ok_and(|number| number.to_string() == digits) => {
                    Value::from(digits.parse::<i64>().unwrap_or_default())
                }
                _ => Value::String(text),
            },
            value => value,
        }
    }
}

macro_rules! scalars {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
            visit(self.scalar(), false, visitor)
        }
    )*};
}

impl<'de> Deserializer<'de> for Node {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visit(self.value, self.text, visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.value {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    /// Objects only: a list of a struct's fields in order is no way to write it.
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match self.value {
            Value::Object(_) => visit(self.value, self.text, visitor),
            _ => Err(Fault::new(Kind::Type("expected an object".to_owned()))),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match self.value {
            Value::String(name) => visitor.visit_enum(Name(name)),
            _ => Err(Fault::new(Kind::Type("expected a string".to_owned()))),
        }
    }

    scalars! {
        deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_f32 deserialize_f64
    }

    forward_to_deserialize_any! {
        i128 u128 char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map identifier
        ignored_any
    }
}

fn visit<'de, V: Visitor<'de>>(value: Value, text: bool, visitor: V) -> Result<V::Value, Fault> {
    match value {
        Value::Null => visitor.visit_unit(),
        Value::Bool(value) => visitor.visit_bool(value),
        Value::String(value) => visitor.visit_string(value),
        Value::Number(number) => visit_number(&number, visitor),
        Value::Array(items) => visitor.visit_seq(Items { items: items.into_iter(), index: 0, text }),
        Value::Object(fields) => {
            visitor.visit_map(Fields { fields: fields.into_iter(), current: None, text })
        }
    }
}

/// `5.0` and `5` are one number in JSON; both are read as an integer.
fn visit_number<'de, V: Visitor<'de>>(number: &Number, visitor: V) -> Result<V::Value, Fault> {
    /// The largest float below which every integer is exact: 2^53.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if let Some(value) = number.as_u64() {
        return visitor.visit_u64(value);
    }
    if let Some(value) = number.as_i64() {
        return visitor.visit_i64(value);
    }
    match number.as_f64() {
        Some(value) if value.fract() == 0.0 && (0.0..=EXACT).contains(&value) => {
            visitor.visit_u64(value as u64)
        }
        Some(value) if value.fract() == 0.0 && (-EXACT..0.0).contains(&value) => {
            visitor.visit_i64(value as i64)
        }
        Some(value) => visitor.visit_f64(value),
        None => Err(Fault::new(Kind::Value("number out of range".to_owned()))),
    }
}

struct Items {
    items: std::vec::IntoIter<Value>,
    index: usize,
    text: bool,
}

impl<'de> SeqAccess<'de> for Items {
    type Error = Fault;
    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Fault> {
        let Some(value) = self.items.next() else { return Ok(None) };
        let index = self.index;
        self.index += 1;
        let node = Node { value, text: self.text };
        seed.deserialize(node).map(Some).map_err(|fault| fault.under(index.to_string()))
    }
    fn size_hint(&self) -> Option<usize> {
        Some(self.items.len())
    }
}

struct Fields {
    fields: serde_json::map::IntoIter,
    current: Option<(String, Value)>,
    text: bool,
}

impl<'de> MapAccess<'de> for Fields {
    type Error = Fault;
    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Fault> {
        let Some((name, value)) = self.fields.next() else { return Ok(None) };
        let key = Node::typed(Value::String(name.clone()));
        // An unknown field names itself; a key of a map that is no good is named here.
        let key = seed
            .deserialize(key)
            .map_err(|fault| if fault.path.is_empty() { fault.under(name.clone()) } else { fault })?;
        self.current = Some((name, value));
        Ok(Some(key))
    }
    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Fault> {
        let (name, value) = self.current.take().unwrap_or_default();
        seed.deserialize(Node { value, text: self.text }).map_err(|fault| fault.under(name))
    }
    fn size_hint(&self) -> Option<usize> {
        Some(self.fields.len())
    }
}

/// A variant without content.
struct Name(String);

impl<'de> EnumAccess<'de> for Name {
    type Error = Fault;
    type Variant = Self;
    fn variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<(T::Value, Self), Fault> {
        let deserializer: de::value::StrDeserializer<'_, Fault> = self.0.as_str().into_deserializer();
        Ok((seed.deserialize(deserializer)?, self))
    }
}

impl<'de> VariantAccess<'de> for Name {
    type Error = Fault;
    fn unit_variant(self) -> Result<(), Fault> {
        Ok(())
    }
    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, _: T) -> Result<T::Value, Fault> {
        Err(Fault::new(Kind::Type("expected an object".to_owned())))
    }
    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, Fault> {
        Err(Fault::new(Kind::Type("expected an array".to_owned())))
    }
    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], _: V) -> Result<V::Value, Fault> {
        Err(Fault::new(Kind::Type("expected an object".to_owned())))
    }
}
