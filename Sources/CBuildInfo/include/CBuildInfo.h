#ifndef CBUILDINFO_H
#define CBUILDINFO_H

/* The commit that this program was built from, or "unknown". A C target, because only C gets a string from Package.swift. */
extern const char *const _Nonnull gil_exporter_revision;

#endif
