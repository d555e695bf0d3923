use super::*;
use crate::sink::{Flow, Sink};
use crate::{Batch, Mapping, Probe, Session};

struct Write(Output, Vec<u8>);

impl Sink for Write {
    fn batch(&mut self, batch: &Batch<'_>) -> Flow {
        self.0.batch(batch.body, batch.objects, &mut self.1);
        Flow::Continue
    }
}

fn plan(export: &str, mapping: &str) -> Plan {
    let header = Probe::inspect(export.as_bytes()).unwrap().header;
    Mapping::parse(mapping).unwrap().compile(&header).unwrap()
}

fn write(form: Form, export: &str, mapping: &str, audiences: &[&str]) -> String {
    let plan = plan(export, mapping);
    let output = Output::new(form, &plan, audiences).unwrap();
    let mut sink = Write(output, Vec::new());
    sink.0.start(&mut sink.1);
    let mut session = Session::new(plan);
    session.begin_file("");
    assert_eq!(
        session.feed(export.as_bytes(), &mut sink).unwrap(),
        Flow::Continue
    );
    assert_eq!(session.end_file(&mut sink).unwrap(), Flow::Continue);
    session.finish(&mut sink);
    String::from_utf8(sink.1).unwrap()
}

fn problems(form: Form, export: &str, mapping: &str) -> Vec<String> {
    let problems = Output::new(form, &plan(export, mapping), &[]).unwrap_err();
    let paths = problems.iter().map(|problem| match &problem.place {
        Place::Setting { path } => path.clone(),
        place => panic!("{place:?}"),
    });
    paths.collect()
}

const AUDIENCE: &str =
    "id,crm,a,s,zip,n,vip\n1,,12,in,0130,1.10,TRUE\n,x,14,out,\"a \"\"b\"\"\",,no\n";
const AUDIENCE_MAPPING: &str = r#"{"version":1,"rows":"audience",
    "identifiers":[{"column":"id","as":"external_id"},{"column":"crm","as":"email"}],
    "audience":{"id":{"column":"a"},"split":{"value":"3"},"member":{"column":"s","true":["in"],"false":["out"]}},
    "columns":[{"header":"n","type":"number"},{"header":"vip","type":"boolean"}]}"#;

#[test]
fn the_dashboards_csv_has_texts_in_quotes_and_blanks_for_what_is_not_said() {
    let export = AUDIENCE.replace(",x,", ",x@y.de,");
    assert_eq!(
        write(
            Form::BrazeCsv,
            &export,
            AUDIENCE_MAPPING,
            &["AIQ_12_3", "AIQ_14_3"]
        ),
        "\"external_id\",\"email\",\"AIQ_12_3\",\"AIQ_14_3\",\"zip\",\"n\",\"vip\"\n\
         \"1\",,true,,\"0130\",1.10,true\n\
         ,\"x@y.de\",,false,\"a \"\"b\"\"\",,false\n"
    );
}

#[test]
fn events_for_the_dashboard() {
    let mapping = r#"{"version":1,"rows":"events","identifiers":[{"column":"k","as":"user_alias","label":{"value":"crm"}}],
        "event":{"name":{"value":"bought"},"time":{"column":"at"}},"columns":[{"header":"n","type":"number"}]}"#;
    assert_eq!(
        write(
            Form::BrazeCsv,
            "k,at,n\nx,2026-01-02T03:04:05Z,7\n",
            mapping,
            &[]
        ),
        "\"user_alias_name\",\"user_alias_label\",\"name\",\"time\",\"n\"\n\
         \"x\",\"crm\",\"bought\",\"2026-01-02T03:04:05Z\",7\n"
    );
}

#[test]
fn ingestion_takes_the_object_without_its_identifier_as_text() {
    let export = AUDIENCE.replace(",x,", ",x@y.de,");
    assert_eq!(
        write(Form::Cdi, &export, AUDIENCE_MAPPING, &[]),
        concat!(
            r#"{"external_id":"1","payload":"{\"AIQ_12_3\":true,\"zip\":\"0130\",\"n\":1.10,\"vip\":true}"}"#,
            "\n",
            r#"{"email":"x@y.de","payload":"{\"AIQ_14_3\":false,\"zip\":\"a \\\"b\\\"\",\"vip\":false}"}"#,
            "\n"
        )
    );
    let mapping = r#"{"version":1,"rows":"attributes","identifiers":[{"column":"k","as":"user_alias","label":{"value":"crm"}}],
        "columns":[{"header":"k","as":"user"}]}"#;
    assert_eq!(
        write(Form::Cdi, "k\nx\n", mapping, &[]),
        "{\"alias_name\":\"x\",\"alias_label\":\"crm\",\"payload\":\"{\\\"user\\\":\\\"x\\\"}\"}\n"
    );
}

#[test]
fn what_cannot_be_expressed_is_said_at_once() {
    let mapping = r#"{"version":1,"rows":"audience","unknown_users":"create","empty":"null","nested_names":"replace",
        "identifiers":[{"column":"id","as":"external_id"},{"column":"b","as":"braze_id"}],
        "audience":{"id":{"value":"1"},"split":{"value":"2"},"leaver":null},
        "columns":[{"header":"l","type":"list"},{"header":"x","empty":"blank"}]}"#;
    let export = "id,b,l,x,o.p\n1,,a;b,,\n";
    assert_eq!(
        problems(Form::BrazeCsv, export, mapping),
        [
            "identifiers",
            "empty",
            "columns[1].empty",
            "audience.leaver",
            "columns",
            "nested_names",
            "unknown_users"
        ]
    );
    assert_eq!(problems(Form::Cdi, export, mapping), ["unknown_users"]);
    let event = r#"{"version":1,"rows":"events","identifiers":[{"column":"id","as":"external_id"}],
        "event":{"name":{"value":"e"},"time":{"column":"b"},"app_id":{"value":"a"}},"other_columns":"skip"}"#;
    assert_eq!(problems(Form::BrazeCsv, export, event), ["event.app_id"]);
}
