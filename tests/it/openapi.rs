//! The API's description is served to everyone, and is the one that is committed.

use crate::house::House;

#[tokio::test]
async fn served_as_committed() {
    let house = House::start().await;
    let answer = house.get(None, "/api/openapi.json").await;
    assert_eq!((answer.status, answer.headers["content-type"].to_str().unwrap()), (200, "application/json"));
    assert!(answer.text == include_str!("../../docs/openapi.json"));
    // A wrong method is told apart from a wrong path.
    assert_eq!(house.delete(None, "/api/jobs").await.status, 405);
    house.get(None, "/api/nothing").await.refused(404, "REQUEST_004");
}
