#include "holdfast/core/content_hash.hpp"

#include <string>

#include "catch.hpp"

TEST_CASE("content_hash is XXH64", "[content_hash]") {
  using holdfast::content_hash;
  // From the reference implementation (the Python package xxhash 4.1.0).
  CHECK(content_hash("") == 0xEF46DB3751D8E999U);
  CHECK(content_hash("a") == 0xD24EC4F1A98C6E5BU);
  CHECK(content_hash("abc") == 0x44BC2CF5AD770999U);
  CHECK(content_hash("Nobody inspects the spammish repetition") == 0xFBCEA83C8A378BF1U);
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  CHECK(content_hash(all) == 0x1FACBE8406CD904BU);
  CHECK(content_hash(all, 42) == 0xE212741FA701583DU);
}

TEST_CASE("a hash is written as 16 hexadecimal digits", "[content_hash]") {
  CHECK(holdfast::hash_text(0xABC) == "0000000000000abc");
  CHECK(holdfast::hash_text(0xEF46DB3751D8E999U) == "ef46db3751d8e999");
}

TEST_CASE("content_hash sees every byte, and their order", "[content_hash]") {
  using holdfast::content_hash;
  for (std::size_t size = 1; size < 100; ++size) {
    std::string text(size, 'x');
    const auto whole = content_hash(text);
    for (std::size_t i = 0; i < size; ++i) {
      text[i] = 'y';
      CHECK(content_hash(text) != whole);
      text[i] = 'x';
    }
  }
  CHECK(content_hash("b", content_hash("a")) != content_hash("a", content_hash("b")));
}
