"""Tests of the Supabase Edge Function, in Deno on loopback."""
