use aiq_braze::read::*;
use aiq_braze::*;
use aiq_braze_tests::exports;
struct C(u64);
impl Sink for C {
    fn batch(&mut self, b: &Batch<'_>) -> Flow {
        self.0 += b.body.len() as u64;
        Flow::Continue
    }
}
fn t(f: &mut dyn FnMut()) -> f64 {
    let mut best = f64::MAX;
    for _ in 0..15 {
        let i = std::time::Instant::now();
        f();
        best = best.min(i.elapsed().as_secs_f64());
    }
    best
}
fn main() {
    let n = 200000u64;
    for (name,e,m) in [("mixed",exports::audience(n,1,&[]),exports::EXAMPLE_MAPPING.to_string()),("memb",exports::membership(3*n,1),r#"{"version":1,"rows":"audience","identifiers":[{"column":"external_id","as":"external_id"}],"audience":{"id":{"column":"audience_id"},"split":{"column":"split_id"}}}"#.to_string())] {
  let rows= if name=="mixed"{n}else{3*n} as f64 as u64; let rows=rows as f64;
  let m=Mapping::parse(&m).unwrap(); let h=Probe::inspect(&e).unwrap().header; let plan=m.compile(&h).unwrap();
  let c=t(&mut||{ let mut r=csv::Reader::from_reader(&e[..]); let mut b=csv::ByteRecord::new(); while r.read_byte_record(&mut b).unwrap(){} });
  let f=t(&mut||{ let mut r=Reader::new(Dialect::default(),Limits::default()); r.expect_width(h.width()); for ch in e.chunks(65536){ r.fill(ch); while !matches!(r.next(), Step::More){} } });
  let w=t(&mut||{ let mut s=Session::new(plan.clone()); let mut k=C(0); s.begin_file(""); for ch in e.chunks(65536){ let _=s.feed(ch,&mut k).unwrap(); } });
  println!("{name}: {:.0} B/row csv {:.1} ns/row ({:.0} MB/s)  read {:.1} ns ({:.2})  whole {:.1} ns ({:.2})", e.len() as f64/rows, c/rows*1e9, e.len() as f64/c/1e6, f/rows*1e9, f/c, w/rows*1e9, w/c);
 }
}
