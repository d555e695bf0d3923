// A made-up export, small enough to look through, with two names that deserve a fix and two bad rows.
export const exampleName = 'example.csv'
export const exampleText = `customer_id,audience_id,split_id,status,First_Name,city,tier ,lifetime_value,vip
0012300001,1042,1,entered,Ana,Lisboa,gold,1204.50,true
0012300002,1042,1,entered,Bruno,Porto,silver,88.10,false
12345678901234567890,1042,2,entered,Chloé,Lyon,,0,false
0012300004,1042,2,exited,Dmitri,"Riga, Centrs",bronze,15.00,
0012300005,1042,1,paused,Emma,Köln,gold,12.50,true
,1042,2,entered,Farid,Lille,silver,230.00,false
0012300007,1042,1,exited,Gül,İzmir,,41.90,false
0012300008,1042,2,entered,Hana,大阪,gold,999.99,true
`
