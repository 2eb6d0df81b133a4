"""Graphs, plans and runs made visible: networks, tables, trees and pictures."""
