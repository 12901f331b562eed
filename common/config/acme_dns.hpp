#pragma once
// "acme_dns": accounts for certificate clients, made and used over HTTP as acme-dns has it.

#include "base/endpoint.hpp"
#include "wire/name.hpp"

#include <vector>

namespace lockstep {

/// Value type. Taken over by a reload.
struct AcmeDnsConfig {
    Name domain;                        // accounts are names below it
    std::vector<Prefix> register_from;  // who may make an account
    bool register_from_default = true;  // nobody has said it
    bool operator==(const AcmeDnsConfig&) const = default;
};

}  // namespace lockstep
