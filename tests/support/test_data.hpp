#pragma once
#include <filesystem>

/// The folder tests/data. Only one file knows where that is: objects that do not are shared by all checkouts
/// of one compiler cache.
std::filesystem::path test_data();
