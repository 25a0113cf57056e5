import { startApp } from '../../support/app.js';
import { s3Contract } from './s3.contract.js';

s3Contract('memory', startApp, 200);
