// The packing of Hathora's command line, without its ignore rules: the folder's files in a gzipped tar by the
// standard library at its default level, and the archive read whole to be sent.
package main

import (
	"archive/tar"
	"compress/gzip"
	"fmt"
	"io"
	"io/fs"
	"log"
	"os"
	"path/filepath"
)

func main() {
	archive, folder := os.Args[1], os.Args[2]
	if err := write(folder, archive); err != nil {
		log.Fatal(err)
	}
	content, err := os.ReadFile(archive)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(content))
}

func write(folder, archive string) error {
	file, err := os.Create(archive)
	if err != nil {
		return err
	}
	defer file.Close()
	compressed := gzip.NewWriter(file)
	entries := tar.NewWriter(compressed)
	if err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		return add(entries, folder, path, entry)
	}); err != nil {
		return err
	}
	if err := entries.Close(); err != nil {
		return err
	}
	return compressed.Close()
}

func add(entries *tar.Writer, folder, path string, entry fs.DirEntry) error {
	info, err := entry.Info()
	if err != nil {
		return err
	}
	header, err := tar.FileInfoHeader(info, "")
	if err != nil {
		return err
	}
	if header.Name, err = filepath.Rel(folder, path); err != nil {
		return err
	}
	if err := entries.WriteHeader(header); err != nil {
		return err
	}
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = io.Copy(entries, file)
	return err
}
