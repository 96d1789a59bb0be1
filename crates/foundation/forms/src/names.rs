//! Which names each formula of a definition may use, and every formula with its place and type.
//!
//! What decides visibility may look only at what stands before it, so that values settle in one pass without circles.

use crate::{
    definition::{Field, Rule, Service},
    expr::{Formula, Type, check::Scope},
    facts::{Fact, RECORD},
};

/// Where a formula stands.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Place<'s> {
    /// Only fields before this one may be named.
    before: Option<&'s str>,
    /// The group whose row is `item`, and the column before which names may stand.
    group: Option<&'s Field>,
    /// The formula holds for one row at a time, so that a party of the group is one person.
    each: bool,
    item_before: Option<&'s str>,
    /// The type of `value`.
    value: Option<Type>,
}

/// One formula of a definition.
pub(crate) struct Slot<'s> {
    pub path: String,
    pub formula: &'s Formula,
    pub wanted: Type,
    pub place: Place<'s>,
}

impl<'s> Place<'s> {
    pub(crate) fn scope(self, service: &'s Service) -> Names<'s> {
        Names { service, place: self }
    }
}

/// The names of one place.
pub(crate) struct Names<'s> {
    service: &'s Service,
    place: Place<'s>,
}

impl Names<'_> {
    fn item(&self, key: &str) -> Option<&Field> {
        let items = &self.place.group?.items;
        let stop = |f: &&Field| self.place.item_before != Some(f.key.as_str());
        items.iter().take_while(stop).find(|f| f.key == key)
    }

    fn field(&self, name: &str) -> Result<&Field, String> {
        let head = name.split('.').next().unwrap_or(name);
        let stop = |f: &&Field| self.place.before != Some(f.key.as_str());
        let before = self.service.fields().map(|(_, f)| f).take_while(stop).any(|f| f.key == head);
        match self.service.field(name) {
            Some(field) if before => Ok(field),
            Some(_) => Err(format!("{name} stands later; visibility depends only on what stands before")),
            None => Err(format!("there is no field, fact or party {name:?}")),
        }
    }
}

impl Scope for Names<'_> {
    fn type_of(&self, name: &str) -> Result<Type, String> {
        match name {
            "today" => return Ok(Type::Date),
            "value" => {
                return self.place.value.ok_or_else(|| "value is known only in a field's rules".to_owned());
            }
            _ => {}
        }
        if let Some((head, rest)) = name.split_once('.') {
            let fact = || Fact::from_key(rest).ok_or_else(|| format!("the record knows no {rest:?}"));
            if head == "item" {
                let item =
                    self.item(rest).ok_or_else(|| format!("there is no {rest:?} in this row before here"))?;
                return item.kind.value_type().ok_or_else(|| format!("{name} is a group"));
            }
            if head == RECORD {
                return fact().map(Fact::kind);
            }
            if let Some(party) = self.service.party(head) {
                let fact = fact()?;
                if !party.facts.contains(&fact) {
                    return Err(format!("{head} does not list {rest} among its facts"));
                }
                self.field(&party.number)?;
                let one = self.place.each && self.place.group.is_some_and(|g| party.is_of(&g.key));
                return match (party.is_many() && !one, fact.kind().item()) {
                    (false, _) => Ok(fact.kind()),
                    (true, Some(item)) => Ok(Type::List(item)),
                    (true, None) => Err(format!("{name} has no list")),
                };
            }
        }
        let field = self.field(name)?;
        let own = field.kind.value_type();
        let column = name.contains('.');
        match (own, own.and_then(Type::item)) {
            (Some(kind), _) if !column => Ok(kind),
            (_, Some(item)) if column => Ok(Type::List(item)),
            _ => Err(format!("{name} is a group; name one of its columns")),
        }
    }

    fn choices(&self, name: &str) -> Option<Vec<String>> {
        let own = |words: Vec<String>| (!words.is_empty()).then_some(words);
        let options = |f: &Field| own(f.options.iter().map(|o| o.key.clone()).collect());
        if let Some(item) = name.strip_prefix("item.") {
            return self.item(item).and_then(options);
        }
        if let Some(fact) = name.strip_prefix("record.").and_then(Fact::from_key) {
            return own(fact.words().iter().map(|w| (*w).to_owned()).collect());
        }
        self.service.field(name).and_then(options)
    }
}

impl Service {
    /// Every formula with its path, the type it must have and the names it may use.
    pub(crate) fn formulas(&self) -> Vec<Slot<'_>> {
        let mut all = Slots(Vec::new());
        let free = Place::default();
        if let Some(limit) = &self.limit {
            all.add("limit.working_days", Some(&limit.working_days), Type::Int, free);
        }
        all.rules("applicant", &self.applicant.rules, free);
        for (p, page) in self.pages.iter().enumerate() {
            let before = page.fields.first().map(|f| f.key.as_str());
            let place = Place { before, ..free };
            all.bool(&format!("pages.{p}.visible_when"), page.visible_when.as_ref(), place);
            for (f, field) in page.fields.iter().enumerate() {
                let path = format!("pages.{p}.fields.{f}");
                all.field(&path, field, Place { before: Some(&field.key), ..free }, free);
                for (i, item) in field.items.iter().enumerate() {
                    let row = Place { group: Some(field), ..free };
                    let visible = Place { before: Some(&field.key), item_before: Some(&item.key), ..row };
                    all.field(&format!("{path}.items.{i}"), item, visible, row);
                }
            }
        }
        for (i, a) in self.attachments.iter().enumerate() {
            all.bool(&format!("attachments.{i}.required"), a.required.as_ref(), free);
            all.bool(&format!("attachments.{i}.visible_when"), a.visible_when.as_ref(), free);
        }
        let each = |group: &Option<String>| {
            let group = group.as_deref().and_then(|g| self.field(g));
            Place { group, each: group.is_some(), ..free }
        };
        for (i, c) in self.consents.iter().enumerate() {
            all.add(&format!("consents.{i}.who"), Some(&c.who), Type::Text, each(&c.each));
            all.bool(&format!("consents.{i}.when"), c.when.as_ref(), each(&c.each));
        }
        for (i, c) in self.checks.iter().enumerate() {
            all.bool(&format!("checks.{i}.when"), c.when.as_ref(), free);
            all.bool(&format!("checks.{i}.check"), Some(&c.check), free);
        }
        for (i, s) in self.steps.iter().enumerate() {
            all.add(&format!("steps.{i}.commune"), Some(&s.commune), Type::Text, free);
        }
        all.bool("automatic.when", self.automatic.as_ref().map(|a| &a.when), free);
        for (i, e) in self.exemptions.iter().enumerate() {
            all.bool(&format!("exemptions.{i}.when"), Some(&e.when), free);
        }
        for (i, effect) in self.effects.iter().enumerate() {
            let place = each(&effect.residence().each);
            for (name, formula, wanted, _) in effect.arguments() {
                all.add(&format!("effects.{i}.{}.{name}", effect.name()), formula, wanted, place);
            }
        }
        all.0
    }
}

struct Slots<'s>(Vec<Slot<'s>>);

impl<'s> Slots<'s> {
    fn add(&mut self, path: &str, formula: Option<&'s Formula>, wanted: Type, place: Place<'s>) {
        let path = path.to_owned();
        self.0.extend(formula.map(|formula| Slot { path, formula, wanted, place }));
    }

    fn bool(&mut self, path: &str, formula: Option<&'s Formula>, place: Place<'s>) {
        self.add(path, formula, Type::Bool, place);
    }

    fn rules(&mut self, path: &str, rules: &'s [Rule], place: Place<'s>) {
        for (i, rule) in rules.iter().enumerate() {
            self.bool(&format!("{path}.rules.{i}.check"), Some(&rule.check), place);
        }
    }

    fn field(&mut self, path: &str, field: &'s Field, visible: Place<'s>, place: Place<'s>) {
        self.bool(&format!("{path}.visible_when"), field.visible_when.as_ref(), visible);
        self.bool(&format!("{path}.required"), field.required.as_ref(), place);
        self.rules(path, &field.rules, Place { value: field.kind.value_type(), ..place });
    }
}
