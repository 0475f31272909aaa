// An open SQLite database that is closed with its owner.
#pragma once

#include <memory>

struct sqlite3;

namespace cheget::store {

struct CloseDatabase {
    void operator()(sqlite3* database) const;
};
using Database = std::unique_ptr<sqlite3, CloseDatabase>;

}  // namespace cheget::store
